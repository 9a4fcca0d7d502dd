using System.Globalization;
using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A handle of one native tensor. It belongs to the dispose scope it was created in, is released at once by Dispose, and by
    /// its finaliser if nobody disposed it. In-place operations return this very object.
    /// </summary>
    public unsafe partial class Tensor : IDisposable
    {
        IntPtr _handle;

        internal Tensor(IntPtr handle)
        {
            _handle = handle;
            DisposeScopeManager.Current.Register(this);
        }

        /// <summary>Takes over the source's native tensor and its place in its scope; the source is empty afterwards.</summary>
        private protected Tensor(Tensor source)
        {
            _handle = source.Handle;
            DisposeScope.Replace(source, this);
            source._handle = IntPtr.Zero;
        }

        ~Tensor() => Release();

        public IntPtr Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                if (_handle == IntPtr.Zero)
                    ThrowDisposed();
                return _handle;
            }
        }

        public bool IsInvalid => _handle == IntPtr.Zero;

        public long ndim => Info().Dimensions;

        public long NumberOfElements => Info().Elements;

        public bool is_leaf => Info().IsLeaf != 0;

        public ScalarType dtype => (ScalarType)Info().DType;

        public Device device
        {
            get
            {
                var info = Info();
                return new Device((DeviceType)info.DeviceType, info.DeviceIndex);
            }
        }

        public bool requires_grad
        {
            get => Info().RequiresGrad != 0;
            set => requires_grad_(value);
        }

        /// <summary>The sizes of all dimensions, a new array.</summary>
        public long[] shape
        {
            get
            {
                var info = Info();
                var sizes = new Span<long>(info.Sizes, info.Dimensions).ToArray();
                GC.KeepAlive(this);
                return sizes;
            }
        }

        /// <summary>
        /// The tensor's own memory, as long as the tensor lives. It must be on the CPU and contiguous.
        /// </summary>
        public Span<byte> bytes
        {
            get
            {
                var info = Info();
                CheckReadable(info);
                if (info.IsContiguous == 0)
                    throw new NotImplementedException("Bytes() called on non-contiguous tensor.");
                var size = info.Elements * info.ElementSize;
                if (size > int.MaxValue)
                    throw new ArgumentException("Span only supports up to int.MaxValue elements.");
                return new Span<byte>(Data(), (int)size);
            }

            set
            {
                var own = bytes;
                if (own.Length != value.Length)
                    throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(own);
            }
        }

        internal DisposeScope? OwningScope { get; set; }

        internal int ScopeSlot { get; set; }

        public long dim() => ndim;

        public long numel() => NumberOfElements;

        public long[] size() => shape;

        public long size(int dim)
        {
            var info = Info();
            var at = dim < 0 ? dim + info.Dimensions : dim;
            if ((uint)at >= (uint)info.Dimensions)
                throw new ArgumentOutOfRangeException(
                    nameof(dim), dim, $"A tensor of {info.Dimensions} dimensions has none of this number.");
            var length = info.Sizes[at];
            GC.KeepAlive(this);
            return length;
        }

        /// <summary>Reads and writes elements of the type <typeparamref name="T"/>, which must be the tensor's.</summary>
        public Utils.TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            CheckType(typeof(T));
            CheckReadable(Info());
            return new Utils.TensorAccessor<T>(this);
        }

        /// <summary>The only element of a tensor on the CPU; those of other devices have ToSingle and its like.</summary>
        public T item<T>()
            where T : unmanaged
        {
            if (NumberOfElements != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            CheckType(typeof(T));
            CheckReadable(Info());
            var value = Aten.Item.CallScalar(this);
            var real = value.AsDouble;
            var integer = value.AsInt64;
            return dtype switch
            {
                ScalarType.Float64 => Unsafe.BitCast<double, T>(real),
                ScalarType.Float32 => Unsafe.BitCast<float, T>((float)real),
                ScalarType.Float16 => Unsafe.BitCast<Half, T>((Half)real),
                ScalarType.Int64 => Unsafe.BitCast<long, T>(integer),
                ScalarType.Int32 => Unsafe.BitCast<int, T>((int)integer),
                ScalarType.Int16 => Unsafe.BitCast<short, T>((short)integer),
                ScalarType.Int8 => Unsafe.BitCast<sbyte, T>((sbyte)integer),
                ScalarType.Byte => Unsafe.BitCast<byte, T>((byte)integer),
                _ => Unsafe.BitCast<bool, T>(integer != 0),
            };
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            TorchLibrary.Check(TorchLibrary.SetRequiresGrad(Handle, requires_grad ? 1 : 0));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Adds d(this)/d(leaf) to the gradient of every leaf that requires one; this must have one element.</summary>
        public void backward() => autograd.backward([this]);

        public Tensor cpu() => to(CPU);

        public Tensor to(Device device) => Aten.To.Call(this, Argument.None, Argument.None, device);

        public Tensor to(string device) => to(new Device(device));

        public Tensor to(ScalarType type) => Aten.To.Call(this, type);

        public Tensor to(ScalarType type, Device device) => Aten.To.Call(this, type, Argument.None, device);

        public Tensor to_type(ScalarType type) => to(type);

        public Tensor @byte() => to(ScalarType.Byte);

        public Tensor @long() => to(ScalarType.Int64);

        public Tensor @float() => to(ScalarType.Float32);

        public Tensor @double() => to(ScalarType.Float64);

        /// <summary>The scope around the tensor's own takes it over; without one, nobody releases it but its owner.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningScope?.Detach(this);
            return this;
        }

        public void Dispose()
        {
            if (_handle != IntPtr.Zero)
            {
                var statistics = DisposeScopeManager.Current.StatisticsInstance;
                if (OwningScope is null)
                {
                    statistics.DisposedOutsideScope++;
                }
                else
                {
                    statistics.DisposedInScopeCount++;
                    OwningScope.Remove(this);
                }
            }
            Release();
            GC.SuppressFinalize(this);
        }

        void Release()
        {
            var handle = Interlocked.Exchange(ref _handle, IntPtr.Zero);
            if (handle != IntPtr.Zero)
                TorchLibrary.Release(handle);
        }

        public override bool Equals(object? obj) => ReferenceEquals(this, obj);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);

        /// <summary>Shape, type and device, for example "[2x3], type = Float32, device = cpu".</summary>
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"[{string.Join('x', shape)}], type = {dtype}, device = {device}");

        /// <summary>Another handle of the same native tensor.</summary>
        public Tensor alias() => new(TorchLibrary.Retain(Handle));

        /// <summary>What backward has accumulated here, or null: a new handle.</summary>
        internal Tensor? Gradient()
        {
            IntPtr gradient;
            TorchLibrary.Check(TorchLibrary.Grad(Handle, &gradient));
            GC.KeepAlive(this);
            return gradient == IntPtr.Zero ? null : new Tensor(gradient);
        }

        internal void SetGradient(Tensor? gradient)
        {
            TorchLibrary.Check(TorchLibrary.SetGrad(Handle, gradient?.Handle ?? IntPtr.Zero));
            GC.KeepAlive(gradient);
            GC.KeepAlive(this);
        }

        internal NativeTensorInfo Info()
        {
            NativeTensorInfo info;
            TorchLibrary.Check(TorchLibrary.Info(Handle, &info));
            GC.KeepAlive(this);
            return info;
        }

        internal void* Data()
        {
            void* data;
            TorchLibrary.Check(TorchLibrary.Data(Handle, &data));
            GC.KeepAlive(this);
            return data;
        }

        static void CheckReadable(NativeTensorInfo info)
        {
            if (info.DeviceType != (int)DeviceType.CPU)
                throw new InvalidOperationException(
                    "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }

        void CheckType(Type type)
        {
            var expected = dtype switch
            {
                ScalarType.Byte => typeof(byte),
                ScalarType.Int8 => typeof(sbyte),
                ScalarType.Int16 => typeof(short),
                ScalarType.Int32 => typeof(int),
                ScalarType.Int64 => typeof(long),
                ScalarType.Float16 => typeof(Half),
                ScalarType.Float32 => typeof(float),
                ScalarType.Float64 => typeof(double),
                ScalarType.Bool => typeof(bool),
                _ => null,
            };
            if (type != expected)
                throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }

        static void ThrowDisposed() => throw new InvalidOperationException("Tensor invalid -- empty handle.");
    }
}
