// One image under all of the names.
variable "REGISTRY" {}
variable "VERSION" {}

target "default" {
  target    = "board"
  platforms = ["linux/amd64", "linux/arm64"]
  args      = { VERSION = VERSION, CURRENCY = "crowns" }
  tags = [
    "${REGISTRY}/board:${VERSION}", "${REGISTRY}/board:latest",
    "${REGISTRY}/till:${VERSION}", "${REGISTRY}/till:latest",
  ]
}
