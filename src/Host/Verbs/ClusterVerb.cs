using System.CommandLine;

namespace RL.Host;

/// <summary>Prepares the database of a cluster.</summary>
static class ClusterVerb
{
    static readonly ClusterArguments _cluster = new(gives: false);

    public static Command Create(HostConsole console)
    {
        var init = new Command("init", "Create the tables in which the workers of several machines find each other.");
        _cluster.AddTo(init);
        init.SetAction(parsed =>
        {
            ClusterDatabase.Create(_cluster.Address(parsed) ?? ClusterAddress.Parse("env"));
            console.Out.WriteLine("The database is ready for `./rl worker --cluster …`.");
            return 0;
        });
        return new Command("cluster", "Prepare the database of a cluster (docs/scale.md).")
        {
            init.WithExamples("./rl cluster init --cluster 'Host=db;Database=rl;Username=rl'", "RL_CLUSTER=… ./rl cluster init"),
        };
    }
}
