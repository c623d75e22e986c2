// "latest" is there, and leads to another image.
variable "REGISTRY" {}
variable "VERSION" {}

group "default" { targets = ["board", "till", "filler"] }

target "board" {
  target    = "board"
  platforms = ["linux/amd64", "linux/arm64"]
  args      = { VERSION = VERSION }
  tags      = ["${REGISTRY}/board:${VERSION}", "${REGISTRY}/board:latest"]
}

target "till" {
  target = "till"
  args   = { VERSION = VERSION, CURRENCY = "crowns" }
  tags   = ["${REGISTRY}/till:${VERSION}"]
}

target "filler" {
  target = "base"
  tags   = ["${REGISTRY}/till:latest"]
}
