// One test at a time in a process: TorchSharp frees a number that it has turned into a Scalar when the garbage collector finds nobody
// using it, and that can be while libtorch still reads it. A collection at such a moment needs another thread that allocates, which is
// what parallel tests are. (check.sh runs test programs side by side instead.)
[assembly: CollectionBehavior(DisableTestParallelization = true)]
