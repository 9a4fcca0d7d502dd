namespace RL.Environments;

/// <summary>How FruitBot looks: a robot seen from above between stone walls, fruit and other food.</summary>
sealed partial class FruitBot
{
    const int Rim = 0x2a2420;

    static void Paint(Gallery gallery)
    {
        gallery.Add(Player, 0, Robot(), 0.8f, 0.8f);
        gallery.Add(Barrier, 0, Stone(), (0.4f, 0.8f), _ => 2 * WallRy);
        gallery.Add(OutsideWall, 0, Stone());
        gallery.Add(Key, 0, new Painting()
            .Disc(0.5f, 0.28f, 0.26f, 0xdd4e54).Disc(0.5f, 0.28f, 0.1f, 0x601820)
            .Line(0.5f, 0.45f, 0.5f, 0.95f, 0.16f, 0xdd4e54).Line(0.5f, 0.85f, 0.75f, 0.85f, 0.12f, 0xdd4e54), 0.5f, 0.5f);
        gallery.Add(Door, 0, Fence(), (1.2f, 4), _ => 2 * WallRy);
        gallery.Add(Lock, 0, new Painting()
            .Ellipse(0.5f, 0.36f, 0.34f, 0.3f, 0x8a8f94).Ellipse(0.5f, 0.38f, 0.18f, 0.2f, 0x40444a)
            .Box(0.05f, 0.42f, 0.95f, 0.98f, 0xe47328).Disc(0.5f, 0.66f, 0.14f, 0x502008), 2 * LockRx, 2 * LockRy);
        AddFood(gallery, Good, _goodAspects, [Orange(), Apple(), Watermelon(), Pineapple(), Cherries(), Bananas()]);
        AddFood(gallery, Bad, _badAspects, [IceCream(), FriedEgg(), Muffin(), Bread(), HotDog(), Donut()]);
        (int Box, int Ribbon)[] presents = [(0x977828, 0xd83030), (0x597481, 0xe8d048), (0x5b9e4d, 0xf0f0f0)];
        for (var theme = 0; theme < presents.Length; theme++)
        {
            var (box, ribbon) = presents[theme];
            gallery.Add(Present, theme, Painting.Of(box)
                .Box(0.4f, 0, 0.6f, 1, ribbon).Box(0, 0.4f, 1, 0.6f, ribbon).Box(0, 0.9f, 1, 1, Rim).Box(0.9f, 0, 1, 1, Rim));
        }
    }

    static IBackdrop PaintBackdrop(ProcgenOptions options) => new ImageBackdrop(Textures.Grounds(), tiles: true);

    static void AddFood(Gallery gallery, int type, float[] aspects, Painting[] looks)
    {
        for (var theme = 0; theme < looks.Length; theme++)
        {
            var (width, height) = aspects[theme] > 1 ? (1f, 1 / aspects[theme]) : (aspects[theme], 1f);
            gallery.Add(type, theme, looks[theme], width, height);
        }
    }

    static Painting Robot() => new Painting()
        .Box(0, 0.3f, 0.2f, 0.9f, 0x404850).Box(0.8f, 0.3f, 1, 0.9f, 0x404850)
        .Box(0.15f, 0.15f, 0.85f, 0.95f, 0x808994).Box(0.25f, 0.5f, 0.75f, 0.85f, 0x98a4b0)
        .Ellipse(0.5f, 0.3f, 0.3f, 0.18f, 0x38a8f0).Ellipse(0.5f, 0.27f, 0.15f, 0.08f, 0xd0f0ff);

    static Painting Stone() => Painting.Of(0xa5b8be).Box(0, 0, 1, 0.12f, 0xc8d8dc).Box(0, 0.86f, 1, 1, 0x6a7a80)
        .Box(0.88f, 0, 1, 1, 0x6a7a80);

    static Painting Fence() => new Painting()
        .Box(0, 0.25f, 1, 0.45f, 0x8e9460).Box(0, 0.6f, 1, 0.8f, 0x8e9460)
        .Box(0.02f, 0.05f, 0.12f, 0.95f, 0x60643c).Box(0.3f, 0.05f, 0.4f, 0.95f, 0x60643c)
        .Box(0.6f, 0.05f, 0.7f, 0.95f, 0x60643c).Box(0.88f, 0.05f, 0.98f, 0.95f, 0x60643c);

    static Painting Orange() => new Painting()
        .Disc(0.5f, 0.54f, 0.42f, 0xf08c1c).Disc(0.38f, 0.42f, 0.12f, 0xffc070).Ellipse(0.6f, 0.1f, 0.16f, 0.08f, 0x3c8c28)
        .Rim(0.06f, Rim);

    static Painting Apple() => new Painting()
        .Disc(0.36f, 0.6f, 0.3f, 0xd8282c).Disc(0.64f, 0.6f, 0.3f, 0xd8282c).Disc(0.5f, 0.68f, 0.26f, 0xd8282c)
        .Disc(0.34f, 0.5f, 0.09f, 0xff9090).Line(0.5f, 0.35f, 0.56f, 0.08f, 0.08f, 0x5a3c1c)
        .Ellipse(0.68f, 0.16f, 0.14f, 0.07f, 0x3c8c28).Rim(0.06f, Rim);

    static Painting Watermelon() => new Painting()
        .Ellipse(0.5f, 0.5f, 0.45f, 0.42f, 0x2e8c34).Paint((x, y) => IsOval(x, y) && (int)(x * 9) % 2 == 0, 0x6cc048)
        .Rim(0.05f, Rim);

    static Painting Pineapple() => new Painting()
        .Polygon(0x3c9c30, (0.5f, 0.38f), (0.15f, 0.12f), (0.38f, 0.2f), (0.5f, 0), (0.62f, 0.2f), (0.85f, 0.12f))
        .Ellipse(0.5f, 0.66f, 0.36f, 0.32f, 0xe0a828)
        .Line(0.3f, 0.5f, 0.65f, 0.9f, 0.04f, 0x90601c).Line(0.7f, 0.5f, 0.35f, 0.9f, 0.04f, 0x90601c).Rim(0.05f, Rim);

    static Painting Cherries() => new Painting()
        .Line(0.28f, 0.6f, 0.6f, 0.1f, 0.06f, 0x4c7a20).Line(0.72f, 0.65f, 0.6f, 0.1f, 0.06f, 0x4c7a20)
        .Disc(0.27f, 0.7f, 0.23f, 0xc01838).Disc(0.72f, 0.72f, 0.23f, 0xc01838).Disc(0.2f, 0.64f, 0.06f, 0xff90a0)
        .Rim(0.05f, Rim);

    static Painting Bananas() => new Painting()
        .Paint((x, y) => Between(x, y, 0.75f, 0.1f, 0.62f, 0.9f) && !Between(x, y, 1.0f, 0, 0.66f, 0.9f), 0xf4d838)
        .Rim(0.05f, Rim);

    static Painting IceCream() => new Painting()
        .Polygon(0xd0a060, (0.15f, 0.45f), (0.85f, 0.45f), (0.5f, 0.98f)).Disc(0.5f, 0.3f, 0.3f, 0x70c8f0)
        .Disc(0.35f, 0.45f, 0.17f, 0xf4f4f8)
        .Disc(0.66f, 0.44f, 0.17f, 0x70c8f0).Rim(0.05f, Rim);

    static Painting FriedEgg() => new Painting()
        .Ellipse(0.5f, 0.55f, 0.46f, 0.38f, 0xf4f4ec).Disc(0.25f, 0.4f, 0.2f, 0xf4f4ec)
        .Ellipse(0.52f, 0.5f, 0.2f, 0.24f, 0xf8b81c).Rim(0.04f, Rim);

    static Painting Muffin() => new Painting()
        .Polygon(0x8c6ab0, (0.15f, 0.5f), (0.85f, 0.5f), (0.72f, 0.95f), (0.28f, 0.95f)).Dome(0.5f, 0.55f, 0.44f, 0.46f, 0xd8a060)
        .Disc(0.4f, 0.3f, 0.06f, 0x6c3c1c).Disc(0.62f, 0.38f, 0.06f, 0x6c3c1c).Rim(0.05f, Rim);

    static Painting Bread() => new Painting()
        .Box(0.14f, 0.3f, 0.86f, 0.94f, 0xb8742c).Ellipse(0.5f, 0.28f, 0.44f, 0.2f, 0xb8742c)
        .Box(0.24f, 0.32f, 0.76f, 0.84f, 0xecc888).Rim(0.05f, Rim);

    static Painting HotDog() => new Painting()
        .Line(0.22f, 0.78f, 0.78f, 0.22f, 0.4f, 0xe0b070).Line(0.15f, 0.85f, 0.85f, 0.15f, 0.2f, 0xb84028)
        .Line(0.28f, 0.7f, 0.7f, 0.28f, 0.06f, 0xf8e040).Rim(0.05f, Rim);

    static Painting Donut() => new Painting()
        .Disc(0.5f, 0.5f, 0.44f, 0xf080b0).Disc(0.5f, 0.5f, 0.15f, 0x5c3020).Line(0.3f, 0.25f, 0.38f, 0.3f, 0.06f, 0xffffff)
        .Line(0.7f, 0.3f, 0.66f, 0.38f, 0.06f, 0x60d0f0).Line(0.7f, 0.72f, 0.62f, 0.76f, 0.06f, 0xf8f060).Rim(0.05f, Rim);

    static bool IsOval(float x, float y) => Between(x, y, 0.5f, 0.5f, 0.45f, 0.42f);

    static bool Between(float x, float y, float cx, float cy, float rx, float ry) =>
        ((x - cx) * (x - cx) / (rx * rx)) + ((y - cy) * (y - cy) / (ry * ry)) <= 1;
}
