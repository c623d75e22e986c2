# Publishes the three images of the exercise. Their targets give away the answer.
# Each has a repository of its own: three pushes at once into one repository can conflict.
variable "REGISTRY" {}

# The recipe of the bread. Each grading sets a new one.
variable "RECIPE" {
  default = "rye-7"
}

# The recipe that the label claims.
variable "CLAIM" {
  default = "wheat-1"
}

group "default" {
  targets = ["red", "green", "blue"]
}

target "kitchen" {
  args   = { RECIPE = RECIPE }
  labels = { "org.opencontainers.image.version" = CLAIM }
}

target "red" {
  inherits = ["kitchen"]
  tags     = ["${REGISTRY}/kitchen/red"]
  attest   = ["type=provenance,disabled=true"]
}

target "green" {
  inherits = ["kitchen"]
  tags     = ["${REGISTRY}/kitchen/green"]
  attest   = ["type=provenance,mode=max,builder-id=https://ci.lab/kitchen"]
}

target "blue" {
  inherits = ["kitchen"]
  tags     = ["${REGISTRY}/kitchen/blue"]
  attest   = ["type=provenance,mode=min,builder-id=https://ci.lab/kitchen"]
}
