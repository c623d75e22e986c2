variable "REGISTRY" {}
variable "VERSION" { default = "1" }

function "names" {
  params = [image]
  result = ["${REGISTRY}/${image}:latest", "${REGISTRY}/${image}:${VERSION}"]
}

group "default" { targets = ["release"] }
group "release" { targets = ["a", "b"] }

target "a" {
  target    = "board"
  platforms = ["linux/arm64", "linux/amd64"]
  args      = { VERSION = "${VERSION}" }
  tags      = names("board")
  output    = ["type=registry"]
}

target "b" {
  target    = "till"
  platforms = ["linux/amd64"]
  args      = { VERSION = "${VERSION}", CURRENCY = "crowns" }
  tags      = names("till")
  output    = ["type=image,push=true"]
}
