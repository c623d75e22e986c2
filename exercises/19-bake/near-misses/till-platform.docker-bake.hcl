variable "REGISTRY" {}

variable "VERSION" {
  default = "dev"
}

group "default" {
  targets = ["board", "till"]
}

target "common" {
  args = { VERSION = VERSION }
}

target "board" {
  inherits  = ["common"]
  target    = "board"
  platforms = ["linux/amd64", "linux/arm64"]
  tags      = ["${REGISTRY}/board:${VERSION}", "${REGISTRY}/board:latest"]
}

target "till" {
  inherits  = ["common"]
  target    = "till"
  platforms = ["linux/amd64", "linux/arm64"]
  args      = { CURRENCY = "crowns" }
  tags      = ["${REGISTRY}/till:${VERSION}", "${REGISTRY}/till:latest"]
}
