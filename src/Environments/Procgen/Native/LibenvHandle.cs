using System.Runtime.InteropServices;
using System.Text;

namespace RL.Environments;

/// <summary>
/// Environments that a Procgen library steps together in the calling thread, with the memory that they are written to. The
/// options have been checked by whoever made them: a record of <see cref="ProcgenOptions"/> that was validated knows no value
/// that the library would not take.
/// </summary>
sealed unsafe class LibenvHandle : IDisposable
{
    const int UInt8 = 1;
    const int Int32 = 2;
    const int Observations = 1;
    const int Actions = 2;
    const int Infos = 3;

    // The library ends the process if a state does not fit; Procgen's are about 40 kB.
    const int MaxState = 1 << 20;
    const int Alignment = 64;
    const int MaxTensors = 16;

    readonly LibenvLibrary _library;
    readonly int _count;
    readonly List<nint> _blocks = [];
    readonly byte* _frames;
    readonly int* _actions;
    readonly float* _rewards;
    readonly byte* _first;
    readonly byte* _complete;
    readonly int* _levelSeeds;
    readonly int* _previousSeeds;
    nint _handle;

    /// <summary>Makes <paramref name="count"/> environments, resets them and shows their first frames.</summary>
    /// <exception cref="ProcgenException">The library's spaces are not Procgen's.</exception>
    public LibenvHandle(LibenvLibrary library, ProcgenOptions options, int randSeed, int count)
    {
        (_library, _count) = (library, count);
        _frames = (byte*)Allocate(count * ProcgenEnvironment.Frame.Size);
        _actions = (int*)Allocate(count * sizeof(int));
        _rewards = (float*)Allocate(count * sizeof(float));
        _first = (byte*)Allocate(count);
        _complete = (byte*)Allocate(count);
        _levelSeeds = (int*)Allocate(count * sizeof(int));
        _previousSeeds = (int*)Allocate(count * sizeof(int));
        try
        {
            _handle = Make(options.Plain, randSeed);
            SetBuffers();
            _library.Observe(_handle);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The frame that environment <paramref name="i"/> shows. [64 × 64 × 3]</summary>
    public ReadOnlySpan<byte> Frame(int i) =>
        new(_frames + (i * ProcgenEnvironment.Frame.Size), ProcgenEnvironment.Frame.Size);

    /// <summary>Reward of its last action.</summary>
    public float Reward(int i) => _rewards[i];

    /// <summary>Its frame is the first of an episode.</summary>
    public bool IsFirst(int i) => _first[i] != 0;

    /// <summary>Its last action completed the level.</summary>
    public bool IsComplete(int i) => _complete[i] != 0;

    /// <summary>Seed of the level that it shows.</summary>
    public int LevelSeed(int i) => _levelSeeds[i];

    /// <summary>Seed of the level in which its last action was done.</summary>
    public int PreviousLevelSeed(int i) => _previousSeeds[i];

    /// <summary>The next action of environment <paramref name="i"/>; −1 ends the episode by force.</summary>
    public void SetAction(int i, int action) => _actions[i] = action;

    /// <summary>One step of all environments.</summary>
    public void Step()
    {
        _library.Act(_handle);
        _library.Observe(_handle);
    }

    /// <summary>Everything that environment <paramref name="i"/> is.</summary>
    public byte[] Save(int i)
    {
        var buffer = new byte[MaxState];
        fixed (byte* state = buffer)
        {
            return buffer[.._library.GetState(_handle, i, state, buffer.Length)];
        }
    }

    /// <summary>Makes environment <paramref name="i"/> what one of the same game was.</summary>
    public void Load(int i, byte[] state)
    {
        fixed (byte* bytes = state)
        {
            _library.SetState(_handle, i, bytes, state.Length);
        }

        _library.Observe(_handle);
    }

    public void Dispose()
    {
        if (_handle != 0)
        {
            _library.Close(_handle);
            _handle = 0;
        }

        foreach (var block in _blocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }

        _blocks.Clear();
    }

    void* Allocate(int bytes)
    {
        var block = NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        NativeMemory.Clear(block, (nuint)bytes);
        _blocks.Add((nint)block);
        return block;
    }

    nint Make(ProcgenOptions options, int randSeed)
    {
        // All of them: what the library presumes if one is missing is not what Python's users know.
        var list = new OptionList();
        list.Add("env_name", options.Task.Name);
        list.Add("resource_root", LibenvLibrary.Assets);
        list.Add("num_levels", options.NumLevels);
        list.Add("start_level", options.StartLevel);
        list.Add("num_actions", ((DiscreteSpace)ProcgenEnvironment.Actions).Count);
        list.Add("rand_seed", randSeed);
        list.Add("num_threads", 0);
        list.Add("distribution_mode", options.DistributionMode switch
        {
            DistributionMode.Easy => 0,
            DistributionMode.Hard => 1,
            DistributionMode.Extreme => 2,
            DistributionMode.Memory => 10,
            var other => throw new InvalidOperationException($"{other} is no mode of the library's."),
        });
        list.Add("debug_mode", 0);
        list.Add("render_human", false);
        list.Add("center_agent", options.CenterAgent);
        list.Add("use_backgrounds", options.UseBackgrounds);
        list.Add("use_generated_assets", false);
        list.Add("use_monochrome_assets", options.UseMonochromeAssets);
        list.Add("restrict_themes", options.RestrictThemes);
        list.Add("paint_vel_info", options.PaintVelInfo);
        list.Add("use_sequential_levels", options.UseSequentialLevels);
        using (list)
        {
            return _library.Make(_count, list.Native);
        }
    }

    void SetBuffers()
    {
        Span<LibenvTensor> tensors = stackalloc LibenvTensor[MaxTensors];
        Expect(Observations, tensors, "rgb", UInt8, [Canvas.Size, Canvas.Size, 3]);
        Expect(Actions, tensors, "action", Int32, []);

        var infos = Tensors(Infos, tensors);
        var observationPointers = (void**)Allocate((infos + 2) * _count * sizeof(void*));
        var actionPointers = observationPointers + _count;
        var infoPointers = actionPointers + _count;
        for (var i = 0; i < _count; i++)
        {
            observationPointers[i] = _frames + (i * ProcgenEnvironment.Frame.Size);
            actionPointers[i] = _actions + i;
            for (var info = 0; info < infos; info++)
            {
                infoPointers[(info * _count) + i] = Name(tensors[info]) switch
                {
                    "prev_level_seed" => _previousSeeds + i,
                    "prev_level_complete" => _complete + i,
                    "level_seed" => _levelSeeds + i,
                    var other => throw new ProcgenException($"The library has an info '{other}', which Procgen has not."),
                };
            }
        }

        var buffers = new LibenvBuffers
        {
            Observations = observationPointers,
            Rewards = _rewards,
            First = _first,
            Infos = infoPointers,
            Actions = actionPointers,
        };
        _library.SetBuffers(_handle, &buffers);
    }

    int Tensors(int space, Span<LibenvTensor> tensors)
    {
        var count = _library.Tensors(_handle, space, null);
        if (count is < 0 or > MaxTensors)
        {
            throw new ProcgenException($"The library's space {space} has {count} tensors; supported: {MaxTensors}.");
        }

        fixed (LibenvTensor* first = tensors)
        {
            _library.Tensors(_handle, space, first);
        }

        return count;
    }

    void Expect(int space, Span<LibenvTensor> tensors, string name, int elementType, ReadOnlySpan<int> shape)
    {
        var count = Tensors(space, tensors);
        ref var tensor = ref tensors[0];
        var found = MemoryMarshal.CreateReadOnlySpan(ref tensor.Shape[0], Math.Clamp(tensor.Dimensions, 0, 16));
        if (count != 1 || Name(tensor) != name || tensor.ElementType != elementType || !found.SequenceEqual(shape))
        {
            throw new ProcgenException(
                $"The library's space {space} begins with {Name(tensor)} [{string.Join(", ", found.ToArray())}] of type "
                + $"{tensor.ElementType}; expected: {name} [{string.Join(", ", shape.ToArray())}] of type {elementType} alone.");
        }
    }

    static string Name(LibenvTensor tensor) => Marshal.PtrToStringUTF8((nint)tensor.Name)!;

    // Options in the library's layout, with the memory that they point to.
    sealed class OptionList : IDisposable
    {
        const int MaxOptions = 32;

        readonly LibenvOption* _items = (LibenvOption*)NativeMemory.AllocZeroed(MaxOptions, (nuint)sizeof(LibenvOption));
        int _count;

        public LibenvOptions Native => new() { Items = _items, Count = _count };

        public void Add(string name, string value) => Add(name, UInt8, Encoding.UTF8.GetBytes(value), 1);

        public void Add(string name, bool value) => Add(name, UInt8, [value ? (byte)1 : (byte)0], 1);

        public void Add(string name, int value) => Add(name, Int32, BitConverter.GetBytes(value), sizeof(int));

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
            {
                NativeMemory.Free(_items[i].Data);
            }

            NativeMemory.Free(_items);
        }

        void Add(string name, int elementType, ReadOnlySpan<byte> value, int elementSize)
        {
            ref var item = ref _items[_count++];
            Encoding.UTF8.GetBytes(name, MemoryMarshal.CreateSpan(ref item.Name[0], 127));
            (item.ElementType, item.Count) = (elementType, value.Length / elementSize);
            item.Data = NativeMemory.Alloc((nuint)value.Length);
            value.CopyTo(new Span<byte>(item.Data, value.Length));
        }
    }
}
