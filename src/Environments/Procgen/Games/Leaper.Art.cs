namespace RL.Environments;

/// <summary>How Leaper looks: a green frog seen from above, cars on asphalt, logs on water, a chequered finish.</summary>
sealed partial class Leaper
{
    const float FrogWidth = 0.8f;
    const float FrogHeight = 0.8f * 1.55f;

    static void Paint(Gallery gallery)
    {
        gallery.Add(Road, 0, Painting.Of(0x54565c).Box(0, 0, 1, 0.08f, 0x8c8e94).Box(0, 0.92f, 1, 1, 0x8c8e94)
            .Box(0.25f, 0.46f, 0.75f, 0.54f, 0x9c9ca0));
        gallery.Add(Water, 0, Painting.Of(0x2c74c8).Line(0.1f, 0.3f, 0.4f, 0.3f, 0.08f, 0x5c9ce0)
            .Line(0.55f, 0.7f, 0.9f, 0.7f, 0.08f, 0x5c9ce0));
        gallery.Add(Log, 0, new Painting()
            .Ellipse(0.5f, 0.5f, 0.5f, 0.46f, 0x8a5a2c).Ellipse(0.5f, 0.5f, 0.36f, 0.32f, 0xb8854c)
            .Ellipse(0.5f, 0.5f, 0.16f, 0.14f, 0x8a5a2c),
            2 * LogRadius,
            2 * LogRadius);
        gallery.Add(FinishLine, 0, Painting.Of(0xf0f0f0).Box(0, 0, 0.5f, 0.5f, 0x202020).Box(0.5f, 0.5f, 1, 1, 0x202020));
        int[] cars = [0xf4d020, 0x282830, 0x2c6ce0, 0x28a848, 0xd82c2c];
        for (var theme = 0; theme < cars.Length; theme++)
        {
            foreach (var turns in (int[])[0, 2])
            {
                gallery.AddTurned(Car, theme, CarOf(cars[theme]), turns, 4 * CarRadius, 2 * CarRadius);
            }
        }

        for (var theme = 0; theme < HopSteps; theme++)
        {
            for (var turns = 0; turns < 4; turns++)
            {
                var isUpright = turns % 2 == 0;
                gallery.AddTurned(
                    Player, theme, Frog(theme), turns, isUpright ? FrogWidth : FrogHeight, isUpright ? FrogHeight : FrogWidth);
            }
        }
    }

    static IBackdrop PaintBackdrop(ProcgenOptions options) => new ImageBackdrop(Textures.Grounds());

    // It drives to the right.
    static Painting CarOf(int colour) => new Painting()
        .Box(0.12f, 0, 0.32f, 1, 0x101010).Box(0.66f, 0, 0.86f, 1, 0x101010)
        .Box(0.02f, 0.1f, 0.98f, 0.9f, colour).Box(0.28f, 0.18f, 0.7f, 0.82f, 0x90c8e0).Box(0.4f, 0.18f, 0.6f, 0.82f, colour)
        .Box(0.92f, 0.15f, 0.98f, 0.3f, 0xfff8c0).Box(0.92f, 0.7f, 0.98f, 0.85f, 0xfff8c0);

    // Seen from above, its nose upwards; in a hop the legs are stretched.
    static Painting Frog(int step)
    {
        var stretch = step switch
        {
            0 => 0f,
            1 or 4 => 0.08f,
            _ => 0.16f,
        };
        return new Painting()
            .Line(0.3f, 0.62f, 0.1f, 0.72f + stretch, 0.14f, 0x2c7c1c).Line(0.7f, 0.62f, 0.9f, 0.72f + stretch, 0.14f, 0x2c7c1c)
            .Line(0.34f, 0.4f, 0.12f, 0.36f - stretch, 0.12f, 0x2c7c1c).Line(0.66f, 0.4f, 0.88f, 0.36f - stretch, 0.12f, 0x2c7c1c)
            .Ellipse(0.5f, 0.52f, 0.28f, 0.26f, 0x58c030).Ellipse(0.5f, 0.56f, 0.14f, 0.16f, 0x90e060)
            .Disc(0.36f, 0.3f, 0.1f, 0xf8f8f8).Disc(0.64f, 0.3f, 0.1f, 0xf8f8f8).Disc(0.36f, 0.28f, 0.05f, 0x101010)
            .Disc(0.64f, 0.28f, 0.05f, 0x101010);
    }
}
