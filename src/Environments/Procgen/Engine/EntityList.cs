using System.Runtime.InteropServices;

namespace RL.Environments;

/// <summary>
/// The entities of a level in the order in which they appeared. The first is the agent and stays. References into the list hold
/// until something is added or removed.
/// </summary>
sealed class EntityList
{
    // More than any level of the games has been seen to need, so that steps do not allocate.
    Entity[] _items = new Entity[512];

    /// <summary>Number of entities.</summary>
    public int Count { get; private set; }

    /// <summary>All of them.</summary>
    public Span<Entity> All => _items.AsSpan(0, Count);

    public ref Entity this[int index] => ref _items[index];

    public void Clear() => Count = 0;

    public ref Entity Add(in Entity entity)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, 2 * Count);
        }

        _items[Count] = entity;
        return ref _items[Count++];
    }

    /// <summary>Removes the erased ones and those that lie wholly outside of the world; the others keep their order.</summary>
    public void RemoveGone(int width, int height)
    {
        var kept = 1;
        for (var i = 1; i < Count; i++)
        {
            ref var entity = ref _items[i];
            if (entity.IsErased || IsOutside(entity, width, height))
            {
                continue;
            }

            if (kept != i)
            {
                _items[kept] = entity;
            }

            kept++;
        }

        Count = kept;
    }

    /// <summary>True if no part of it lies in a world of this size.</summary>
    public static bool IsOutside(in Entity entity, int width, int height) =>
        entity.X + entity.Rx < 0 || entity.Y + entity.Ry < 0 || entity.X - entity.Rx > width || entity.Y - entity.Ry > height;

    public void Save(BinaryWriter writer)
    {
        writer.Write(Count);
        writer.Write(MemoryMarshal.AsBytes(All));
    }

    public void Load(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        if (count is < 1 or > 1 << 20)
        {
            throw new InvalidDataException($"The saved level has {count} entities; allowed: 1 to {1 << 20}.");
        }

        Count = 0;
        for (var i = 0; i < count; i++)
        {
            Add(default);
        }

        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(All));
    }
}
