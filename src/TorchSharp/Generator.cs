namespace TorchSharp;

public static partial class torch
{
    /// <summary>A stream of random numbers on one device; its state can be saved and put back.</summary>
    public unsafe class Generator : IDisposable
    {
        IntPtr _handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            IntPtr handle;
            TorchLibrary.Check(TorchLibrary.Generator(seed, (int)this.device.type, this.device.index, &handle));
            _handle = handle;
        }

        Generator(IntPtr handle)
        {
            device = CPU;
            _handle = handle;
        }

        ~Generator() => Dispose(false);

        /// <summary>The CPU's default generator, which every operation uses that is given none.</summary>
        public static Generator Default
        {
            get
            {
                IntPtr handle;
                TorchLibrary.Check(TorchLibrary.GeneratorDefault(&handle));
                return new Generator(handle);
            }
        }

        public IntPtr Handle =>
            _handle != IntPtr.Zero ? _handle : throw new InvalidOperationException("Generator invalid -- empty handle.");

        public Device device { get; }

        public Generator manual_seed(long seed)
        {
            TorchLibrary.Check(TorchLibrary.GeneratorSeed(Handle, (ulong)seed));
            return this;
        }

        public long initial_seed()
        {
            ulong seed;
            TorchLibrary.Check(TorchLibrary.GeneratorInitialSeed(Handle, &seed));
            return (long)seed;
        }

        /// <summary>The whole state, a byte tensor on the CPU.</summary>
        public Tensor get_state()
        {
            IntPtr state;
            TorchLibrary.Check(TorchLibrary.GeneratorGetState(Handle, &state));
            return new Tensor(state);
        }

        public void set_state(Tensor value)
        {
            TorchLibrary.Check(TorchLibrary.GeneratorSetState(Handle, value.Handle));
            GC.KeepAlive(value);
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var handle = Interlocked.Exchange(ref _handle, IntPtr.Zero);
            if (handle != IntPtr.Zero)
                TorchLibrary.GeneratorRelease(handle);
        }
    }
}
