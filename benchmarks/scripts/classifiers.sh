#!/usr/bin/env bash
# Attacks on the ADR-GD paper's two MNIST classifiers at equal gradient passes: the first 100 test images, pixels kept in [0, 1].
# Writes run.txt, robust.png and clean.png into benchmarks/results/classifiers. About 60 CPU minutes, most of it for ADR-GD.
#   benchmarks/scripts/classifiers.sh [FOLDER OF MNIST'S FILES AND THE CLASSIFIERS]
# shellcheck source=benchmarks/scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
mnist=$(from_caller "${1:-$root/../shared/data/mnist}")

# attack MODEL OPTIONS…: the table on standard output.
attack() {
    local model=$1
    shift
    echo "== $model $*"
    ./rl optimize classifier --model "$mnist/$model.safetensors" --images "$mnist/t10k-images-idx3-ubyte.gz" \
        --labels "$mnist/t10k-labels-idx1-ubyte.gz" "$@" 2>/dev/null
}

{
    attack mnist_pgd --epsilon 0.25 --passes 200,500 \
        --method fgsm,gradient-ascent,adam,pgd,pgd-annealed,apgd,adr-gd-mnist-robust,sharp --sheet "$results/robust.png"
    for seed in 0 1 2; do
        attack mnist_pgd --epsilon 0.25 --passes 200,1000 --method auto,sharp --seed $seed
        attack mnist_pgd --norm l2 --epsilon 2 --passes 200,1000 --method auto,sharp,apgd --seed $seed
        attack mnist_clean --epsilon 0.1 --passes 200,1000 --method auto,sharp --seed $seed
    done
    attack mnist_pgd --epsilon 0.25 --passes 40,200,500 --method pgd --step-size 0.03136 --random-start
    attack mnist_pgd --epsilon 0.25 --passes 40,200,500 --method pgd-annealed,apgd --random-start
    attack mnist_clean --epsilon 0.1 --passes 200,300 \
        --method fgsm,gradient-ascent,adam,pgd,pgd-annealed,apgd,adr-gd-mnist-clean,sharp --sheet "$results/clean.png"
} | tee "$results/run.txt"
