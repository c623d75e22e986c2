variable "REGISTRY" {}

variable "VERSION" {
  default = "1.4.0"
}

target "default" {
  platforms  = ["linux/amd64", "linux/arm64"]
  args       = { VERSION = VERSION }
  secret     = ["id=npm_token,env=NPM_TOKEN"]
  cache-from = ["type=registry,ref=${REGISTRY}/ferry:buildcache"]
  cache-to   = ["type=registry,ref=${REGISTRY}/ferry:buildcache,mode=max"]
  attest     = ["type=provenance", "type=sbom"]
  tags       = ["${REGISTRY}/ferry:${VERSION}", "${REGISTRY}/ferry:latest"]
}
