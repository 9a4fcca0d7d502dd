namespace RL.Environments;

/// <summary>How BigFish looks: an orange fish in the sea among fish of three other kinds.</summary>
sealed partial class BigFish
{
    static void Paint(Gallery gallery)
    {
        gallery.Add(Player, 0, FishOf(0xf0882c, 0xfff0d8, 0.46f), (1, 4.2f), width => width, mirrored: true);
        (int Body, int Belly, float Height)[] looks =
            [(0xd8508c, 0xf8b8d0, 0.44f), (0x58b848, 0xd0f098, 0.48f), (0x7058c0, 0xb8a8f0, 0.42f)];
        for (var theme = 0; theme < looks.Length; theme++)
        {
            var (aspect, (body, belly, height)) = (_aspects[theme], looks[theme]);
            gallery.Add(
                Fish,
                theme,
                FishOf(body, belly, height),
                (2 * MinRadius, 2 * MaxRadius),
                width => width / aspect,
                mirrored: true);
        }
    }

    static IBackdrop PaintBackdrop(ProcgenOptions options) => new ImageBackdrop(Textures.Seas());

    // It swims to the right.
    static Painting FishOf(int body, int belly, float height) => new Painting()
        .Polygon(belly, (0.3f, 0.5f), (0.02f, 0.5f - height), (0.1f, 0.5f), (0.02f, 0.5f + height))
        .Ellipse(0.58f, 0.5f, 0.4f, height, body)
        .Paint(
            (x, y) => y > 0.6f && ((x - 0.58f) * (x - 0.58f) / 0.16f) + ((y - 0.5f) * (y - 0.5f) / (height * height)) <= 1,
            belly)
        .Polygon(belly, (0.45f, 0.5f), (0.3f, 0.7f), (0.55f, 0.64f))
        .Disc(0.77f, 0.4f, 0.11f, 0xffffff).Disc(0.8f, 0.4f, 0.06f, 0x101010)
        .Rim(0.03f, 0x202830);
}
