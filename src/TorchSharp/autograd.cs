namespace TorchSharp;

public static partial class torch
{
    public static unsafe class autograd
    {
        /// <summary>
        /// Gradients of the outputs with respect to the inputs, without touching what the parameters have accumulated. An unused
        /// input is an error, or null if <paramref name="allow_unused"/>.
        /// </summary>
        public static IList<Tensor> grad(
            IList<Tensor> outputs,
            IList<Tensor> inputs,
            IList<Tensor>? grad_outputs = null,
            bool retain_graph = false,
            bool create_graph = false,
            bool allow_unused = false)
        {
            var gradients = new IntPtr[inputs.Count];
            fixed (IntPtr* outputHandles = Handles(outputs))
            fixed (IntPtr* inputHandles = Handles(inputs))
            fixed (IntPtr* outputGradients = Handles(grad_outputs))
            fixed (IntPtr* results = gradients)
                TorchLibrary.Check(TorchLibrary.Grad(
                    outputHandles, outputGradients, outputs.Count, inputHandles, results, inputs.Count, retain_graph ? 1 : 0,
                    create_graph ? 1 : 0, allow_unused ? 1 : 0));
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return Array.ConvertAll(gradients, handle => handle == IntPtr.Zero ? null! : new Tensor(handle));
        }

        /// <summary>Adds the gradients of the tensors to those of every leaf (or of the inputs only).</summary>
        public static void backward(
            IList<Tensor> tensors,
            IList<Tensor>? grad_tensors = null,
            bool? retain_graph = null,
            bool create_graph = false,
            IList<Tensor>? inputs = null)
        {
            fixed (IntPtr* handles = Handles(tensors))
            fixed (IntPtr* gradients = Handles(grad_tensors))
            fixed (IntPtr* inputHandles = Handles(inputs))
                TorchLibrary.Check(TorchLibrary.Backward(
                    handles, gradients, tensors.Count, retain_graph is { } retain ? (retain ? 1 : 0) : -1, create_graph ? 1 : 0,
                    inputHandles, inputs?.Count ?? 0));
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        static IntPtr[]? Handles(IList<Tensor>? tensors)
        {
            if (tensors is null)
                return null;
            var handles = new IntPtr[tensors.Count];
            for (var i = 0; i < handles.Length; i++)
                handles[i] = tensors[i].Handle;
            return handles;
        }
    }
}
