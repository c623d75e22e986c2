docker buildx imagetools inspect --raw $REGISTRY/kitchen/green
