docker buildx imagetools inspect $REGISTRY/kitchen/green --format 'rye-7'
