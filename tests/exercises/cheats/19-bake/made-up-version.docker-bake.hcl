// The names have the version, the program has another.
variable "REGISTRY" {}
variable "VERSION" {}

group "default" { targets = ["board", "till"] }

target "board" {
  target    = "board"
  platforms = ["linux/amd64", "linux/arm64"]
  args      = { VERSION = "1.4.0" }
  tags      = ["${REGISTRY}/board:${VERSION}", "${REGISTRY}/board:latest"]
}

target "till" {
  target = "till"
  args   = { VERSION = "1.4.0", CURRENCY = "crowns" }
  tags   = ["${REGISTRY}/till:${VERSION}", "${REGISTRY}/till:latest"]
}
