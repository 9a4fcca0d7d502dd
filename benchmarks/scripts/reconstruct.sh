#!/usr/bin/env bash
# A decoder trained on MNIST images, then the latent vectors of 100 others sought by several optimisers at equal gradient passes. Writes
# run.txt and reconstructed.png into benchmarks/results/reconstruct. About a CPU minute.
#   benchmarks/scripts/reconstruct.sh [FOLDER OF MNIST'S FILES]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
images=$(from_caller "${1:-$root/../shared/data/mnist}")/t10k-images-idx3-ubyte.gz
decoder=$(mktemp -d)/decoder.safetensors
methods=gradient-ascent,perturbed-gradient,adam,pgd,pgd-annealed,apgd,adr-gd,sharp
{
    ./rl optimize reconstruct --images "$images" --method "$methods" --passes 300 --save "$decoder" \
        --sheet "$results/reconstructed.png" 2>/dev/null
    ./rl optimize reconstruct --images "$images" --method "$methods" --passes 50 --model "$decoder" 2>/dev/null
} | tee "$results/run.txt"
