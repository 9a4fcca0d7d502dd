#!/usr/bin/env bash
# One classifier of each training mode, on the first 9,000 of MNIST's test images (the last 1,000 measure it): about 6 CPU minutes.
#   benchmarks/scripts/train-classifiers.sh [FOLDER OF MNIST'S FILES]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
mnist=$(from_caller "${1:-$root/../shared/data/mnist}")
models=$(mktemp -d)
for mode in clean fgsm pgd; do
    ./rl train-classifier --images "$mnist/t10k-images-idx3-ubyte.gz" --labels "$mnist/t10k-labels-idx1-ubyte.gz" \
        --mode "$mode" --epsilon 0.2 --epochs 8 --attack-steps 5 --seed 0 --output "$models/$mode.safetensors" --quiet
done | sed "s|$models/||"
