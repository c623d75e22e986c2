# Publishes the three images of the exercise. Who has seen how they are made knows the answer.
# Each has a repository of its own: three pushes at once into one may get in each other's way.
variable "REGISTRY" {}

# Which recipe went into the bread. In a grading it is another one each time.
variable "RECIPE" {
  default = "rye-7"
}

# What everybody claims.
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
