variable "REGISTRY" {}

target "default" {
  target = "board"
  tags   = ["${REGISTRY}/board:latest"]
}
