namespace RL.Environments;

/// <summary>How Maze looks: a grey mouse between walls of sand, on its way to the cheese.</summary>
sealed partial class Maze
{
    static void Paint(Gallery gallery)
    {
        gallery.Add(Wall, 0, Painting.Of(0xc49160).Box(0, 0, 1, 0.12f, 0xdcb080).Box(0, 0.88f, 1, 1, 0x94683c)
            .Box(0.88f, 0, 1, 1, 0x94683c));
        gallery.Add(Cheese, 0, new Painting()
            .Polygon(0xf8d030, (0.02f, 0.75f), (0.95f, 0.2f), (0.95f, 0.75f))
            .Polygon(0xe0a818, (0.02f, 0.75f), (0.95f, 0.75f), (0.95f, 0.92f), (0.02f, 0.92f))
            .Disc(0.65f, 0.58f, 0.09f, 0xc08010).Disc(0.82f, 0.42f, 0.06f, 0xc08010).Disc(0.4f, 0.68f, 0.05f, 0xc08010)
            .Rim(0.04f, 0x604010));
        gallery.Add(Player, 0, new Painting()
            .Line(0.8f, 0.8f, 0.98f, 0.5f, 0.08f, 0xe8a0a8).Ellipse(0.52f, 0.66f, 0.4f, 0.28f, 0xd4dce0)
            .Disc(0.38f, 0.36f, 0.18f, 0xd4dce0).Disc(0.38f, 0.36f, 0.1f, 0xf0b0b8)
            .Disc(0.24f, 0.62f, 0.07f, 0x101010).Disc(0.1f, 0.72f, 0.07f, 0xf08090).Rim(0.05f, 0x303438), mirrored: true);
    }

    static IBackdrop PaintBackdrop(ProcgenOptions options) => new ImageBackdrop(Textures.Grounds());
}
