// "latest" is a board as well, for the same platforms, and says another version.
variable "REGISTRY" {}
variable "VERSION" {}

group "default" { targets = ["board", "till", "filler"] }

target "board" {
  target    = "board"
  platforms = ["linux/amd64", "linux/arm64"]
  args      = { VERSION = VERSION }
  tags      = ["${REGISTRY}/board:${VERSION}"]
}

target "till" {
  target = "till"
  args   = { VERSION = VERSION, CURRENCY = "crowns" }
  tags   = ["${REGISTRY}/till:${VERSION}", "${REGISTRY}/till:latest"]
}

target "filler" {
  inherits = ["board"]
  args     = { VERSION = "1.4.0" }
  tags     = ["${REGISTRY}/board:latest"]
}
