namespace RL.Environments;

/// <summary>How CoinRun looks: an alien on blocks of earth, with crates, saws, lava and crawling things.</summary>
sealed partial class CoinRun
{
    const float AlienHeight = 2 * 0.5787f * 1.7415f;
    const float PuffMin = 0.6f;
    const float PuffMax = 0.9f;

    // Of the blocks by theme (dirt, grass, planet, sand, snow, stone), their earth and what covers it.
    static readonly (int Earth, int Cover)[] _grounds =
    [
        (0xbac8c9, 0xc58f5c), (0xc38f5e, 0x80be1f), (0xb5c5c6, 0x9c73ae),
        (0xc49160, 0xe7dfc2), (0xbccacb, 0xe9fcff), (0xadc0c1, 0x869595),
    ];

    static readonly int[] _aliens = [0xeae0cb, 0xb8d0ef, 0xa4d8c8, 0xf5c5d5, 0xfde171];

    static readonly int[] _enemies =
        [0x7fbc20, 0xe98df3, 0x45c9e9, 0x81bf21, 0xbfc7ca, 0xf0a4b6, 0xca6421, 0x81bf21, 0xef9db7];

    static void Paint(Gallery gallery)
    {
        for (var theme = 0; theme < _grounds.Length; theme++)
        {
            var (earth, cover) = _grounds[theme];
            gallery.Add(WallMid, theme, Block(earth));
            // A wavy lower edge.
            gallery.Add(WallTop, theme, Block(earth).Paint((x, y) => y < 0.22f + (0.05f * MathF.Sin(x * 12.566f)), cover));
        }

        for (var theme = 0; theme < _aliens.Length; theme++)
        {
            gallery.Add(Player, theme, Alien(_aliens[theme], 0.36f, 0.64f), 1, AlienHeight, mirrored: true);
            gallery.Add(AgentStep1, theme, Alien(_aliens[theme], 0.2f, 0.8f), 1, AlienHeight, mirrored: true);
            gallery.Add(AgentStep2, theme, Alien(_aliens[theme], 0.46f, 0.54f), 1, AlienHeight, mirrored: true);
        }

        for (var theme = 0; theme < _enemies.Length; theme++)
        {
            gallery.Add(EnemyStep1, theme, Crawler(theme, _enemies[theme], 0), mirrored: true);
            gallery.Add(EnemyStep2, theme, Crawler(theme, _enemies[theme], 0.1f), mirrored: true);
        }

        gallery.Add(Coin, 0, new Painting()
            .Disc(0.5f, 0.5f, 0.36f, 0xb87d05).Disc(0.5f, 0.5f, 0.3f, 0xf5c60a).Box(0.42f, 0.3f, 0.52f, 0.7f, 0xfff0a0));
        gallery.Add(Saw, 0, Blade(0));
        gallery.Add(TurnedSaw, 0, Blade(0.13f));
        gallery.Add(LavaMid, 0, Painting.Of(0xe76a18).Grain(0.15f, 5, 3));
        gallery.Add(LavaTop, 0, new Painting().Paint((x, y) => y > 0.36f + (0.08f * MathF.Sin(x * 12.566f)), 0xe76a18)
            .Paint((x, y) => MathF.Abs(y - 0.42f - (0.08f * MathF.Sin(x * 12.566f))) < 0.07f, 0xffc83c));
        for (var theme = 0; theme < CrateThemes; theme++)
        {
            gallery.Add(Crate, theme, Box(theme));
        }

        gallery.Add(
            Trail, 0, new Painting().Ellipse(0.5f, 0.5f, 0.5f, 0.5f, 0xe8e8e8), (PuffMin, PuffMax), width => width * 2 / 3);
    }

    static IBackdrop PaintBackdrop(ProcgenOptions options) => options.DistributionMode == DistributionMode.Easy
        ? new ImageBackdrop(Landscapes.Make(1, 315)) // a dot a pixel
        : new ImageBackdrop(Landscapes.Make(62, 158));

    static Painting Block(int earth) => Painting.Of(earth).Grain(0.12f, 3, 5).Box(0, 0.94f, 1, 1, Darker(earth))
        .Box(0.94f, 0, 1, 1, Darker(earth));

    // The head above, with an eye to the front; feet at two places.
    static Painting Alien(int colour, float foot1, float foot2) => new Painting()
        .Line(0.5f, 0.7f, foot1, 0.95f, 0.16f, Darker(colour)).Line(0.5f, 0.7f, foot2, 0.95f, 0.16f, Darker(colour))
        .Ellipse(0.5f, 0.66f, 0.38f, 0.2f, Darker(colour)).Ellipse(0.5f, 0.68f, 0.2f, 0.14f, colour)
        .Ellipse(0.5f, 0.29f, 0.5f, 0.21f, colour)
        .Line(0.35f, 0.12f, 0.25f, 0.02f, 0.08f, Darker(colour)).Line(0.65f, 0.12f, 0.75f, 0.02f, 0.08f, Darker(colour))
        .Ellipse(0.62f, 0.29f, 0.3f, 0.12f, 0xffffff).Ellipse(0.72f, 0.29f, 0.2f, 0.1f, 0x101010);

    // What walks on the ground, with its eye to the left, where it looks unless it is mirrored.
    static Painting Crawler(int theme, int colour, float step)
    {
        var body = theme switch
        {
            0 => new Painting().Box(0.12f, 0.3f, 0.88f, 1, colour).Box(0.12f, 0.85f, 0.88f, 1, Darker(colour)), // a block
            4 => new Painting().Dome(0.55f, 1, 0.4f, 0.5f, colour).Disc(0.65f, 0.5f, 0.14f, colour)
                .Line(0.9f, 0.9f, 1, 0.6f - step, 0.08f, 0xe0a0a0),
            5 => new Painting().Box(0.05f, 0.82f, 0.95f, 1, 0xc8b878).Disc(0.58f, 0.6f, 0.32f, colour)
                .Disc(0.58f, 0.6f, 0.15f, Darker(colour)),
            6 => new Painting().Dome(0.5f, 0.95f, 0.42f, 0.55f, colour).Disc(0.5f, 0.65f, 0.09f, 0x202020)
                .Disc(0.72f, 0.75f, 0.08f, 0x202020),
            7 or 8 => new Painting().Disc(0.22f, 0.75f, 0.2f, colour).Disc(0.5f, 0.8f - step, 0.19f, Darker(colour))
                .Disc(0.78f, 0.8f, 0.19f, colour),
            _ => new Painting().Dome(0.5f, 1, 0.46f, 0.6f - step, colour).Box(0.04f, 0.9f, 0.96f, 1, Darker(colour)), // slime
        };
        return body.Disc(0.28f, 0.68f, 0.13f, 0xffffff).Disc(0.25f, 0.68f, 0.07f, 0x101010);
    }

    // The upper half of a saw blade.
    static Painting Blade(float turn) => new Painting()
        .Paint(
            (x, y) => Radius(x, y) <= 0.38f + (0.1f * MathF.Abs(MathF.Sin(5 * (MathF.Atan2(y - 1, x - 0.5f) + turn)))),
            0x9bb2b3)
        .Dome(0.5f, 1, 0.3f, 0.3f, 0xc8d6d6).Dome(0.5f, 1, 0.12f, 0.12f, 0x505a5a);

    static float Radius(float x, float y) => MathF.Sqrt(((x - 0.5f) * (x - 0.5f)) + ((y - 1) * (y - 1)));

    static Painting Box(int theme)
    {
        var box = Painting.Of(0x8a5a2e).Box(0.14f, 0.14f, 0.86f, 0.86f, 0xc08a50);
        return theme switch
        {
            0 => box.Line(0.15f, 0.85f, 0.85f, 0.15f, 0.16f, 0x8a5a2e),
            1 => box.Line(0.15f, 0.85f, 0.85f, 0.15f, 0.16f, 0x8a5a2e).Line(0.15f, 0.15f, 0.85f, 0.85f, 0.16f, 0x8a5a2e),
            2 => box.Box(0.14f, 0.42f, 0.86f, 0.58f, 0x8a5a2e),
            _ => box.Polygon(0xe8c020, (0.5f, 0.2f), (0.8f, 0.78f), (0.2f, 0.78f)),
        };
    }

    static int Darker(int colour) => (colour >> 1 & 0x7f7f7f) + (colour >> 2 & 0x3f3f3f);
}
