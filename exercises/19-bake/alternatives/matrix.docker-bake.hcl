variable "REGISTRY" {}
variable "VERSION" {}

target "default" {
  name = "image-${image}"
  matrix = {
    image = ["board", "till"]
  }
  context    = "."
  dockerfile = "Dockerfile"
  target     = image
  platforms  = image == "board" ? ["linux/amd64", "linux/arm64"] : ["linux/amd64"]
  args = {
    VERSION  = VERSION
    CURRENCY = "crowns"
  }
  tags = [for tag in [VERSION, "latest"] : "${REGISTRY}/${image}:${tag}"]
}
