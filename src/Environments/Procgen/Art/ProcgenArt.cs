namespace RL.Environments;

/// <summary>Sprites and backgrounds of a game in one of its views. All art here is made by code; copies share it.</summary>
sealed record ProcgenArt(Gallery Gallery, IBackdrop Backdrop)
{
    static readonly Dictionary<(string Game, bool IsEasy, float Unit), ProcgenArt> _made = [];

    /// <summary>The art of a game whose cells are <paramref name="unit"/> pixels wide; made once.</summary>
    public static ProcgenArt Of(ProcgenOptions options, float unit)
    {
        var key = (options.Task.Name, options.DistributionMode == DistributionMode.Easy, unit);
        lock (_made)
        {
            if (!_made.TryGetValue(key, out var art))
            {
                var gallery = new Gallery(unit);
                options.Task.Paint(gallery);
                art = new ProcgenArt(gallery, options.Task.PaintBackdrop(options));
                _made.Add(key, art);
            }

            return art;
        }
    }
}
