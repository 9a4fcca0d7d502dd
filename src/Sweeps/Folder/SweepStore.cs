using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace RL.Sweeps;

/// <summary>
/// sweep.db, for whoever asks questions about many trials: tables trials, settings, runs and scores. Everything in it comes from the sweep's
/// folder, so that it is made anew whenever a sweep is opened, and a database that cannot be written loses nothing.
/// </summary>
public sealed class SweepStore : IDisposable
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "sweep.db";

    const string Schema = """
        CREATE TABLE sweep (name TEXT NOT NULL, specification TEXT NOT NULL);
        CREATE TABLE trials (trial INTEGER PRIMARY KEY, state TEXT NOT NULL, rung INTEGER NOT NULL, steps INTEGER NOT NULL, score REAL, error TEXT);
        CREATE TABLE settings (trial INTEGER NOT NULL, option TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (trial, option)) WITHOUT ROWID;
        CREATE TABLE runs (trial INTEGER NOT NULL, seed INTEGER NOT NULL, folder TEXT NOT NULL, steps INTEGER NOT NULL, finished INTEGER NOT NULL,
            PRIMARY KEY (trial, seed)) WITHOUT ROWID;
        CREATE TABLE scores (trial INTEGER NOT NULL, rung INTEGER NOT NULL, steps INTEGER NOT NULL, score REAL, PRIMARY KEY (trial, rung)) WITHOUT ROWID;
        """;

    readonly SqliteConnection _connection;
    readonly SweepPlan _plan;

    SweepStore(SqliteConnection connection, SweepPlan plan) => (_connection, _plan) = (connection, plan);

    /// <summary>Makes the database anew from what the folder shows.</summary>
    /// <exception cref="SqliteException">It cannot be written.</exception>
    /// <exception cref="IOException">The old one cannot be deleted.</exception>
    public static SweepStore Build(SweepFolder folder, SweepProgress progress)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(progress);
        var file = Path.Combine(folder.Path, FileName);
        foreach (var ending in new[] { "", "-journal" })
        {
            File.Delete(file + ending);
        }

        // Not pooled: who has closed it does not hold the file open.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        try
        {
            connection.Open();
            using var transaction = connection.BeginTransaction();
            Execute(connection, Schema);
            Execute(
                connection,
                "INSERT INTO sweep VALUES ($name, $specification)",
                ("$name", folder.Name),
                ("$specification", JsonSerializer.Serialize(folder.Plan.Spec, OptionsJson.Line)));
            var store = new SweepStore(connection, folder.Plan);
            foreach (var trial in progress.Trials)
            {
                foreach (var (parameter, value) in folder.Plan.Parameters.Zip(trial.Trial.Values))
                {
                    Execute(
                        connection,
                        "INSERT INTO settings VALUES ($trial, $option, $value)",
                        ("$trial", trial.Trial.Number),
                        ("$option", parameter.Path),
                        ("$value", value));
                }

                store.Write(trial);
            }

            transaction.Commit();
            return store;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Writes trials as they are now.</summary>
    /// <exception cref="SqliteException">They cannot be written; the database is as it was.</exception>
    public void Update(IEnumerable<TrialProgress> trials)
    {
        ArgumentNullException.ThrowIfNull(trials);
        using var transaction = _connection.BeginTransaction();
        foreach (var trial in trials)
        {
            Write(trial);
        }

        transaction.Commit();
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    void Write(TrialProgress trial)
    {
        var number = trial.Trial.Number;
        Execute(
            _connection,
            "INSERT OR REPLACE INTO trials VALUES ($trial, $state, $rung, $steps, $score, $error)",
            ("$trial", number),
            ("$state", JsonNamingPolicy.SnakeCaseLower.ConvertName(trial.State.ToString())),
            ("$rung", trial.Scores.Count - 1),
            ("$steps", trial.Steps),
            ("$score", Number(trial.Scores.Count > 0 ? trial.Scores[^1] : double.NaN)),
            ("$error", trial.Error));
        foreach (var (seed, run) in _plan.Seeds.Zip(trial.Runs).Where(run => run.Second.IsPrepared))
        {
            Execute(
                _connection,
                "INSERT OR REPLACE INTO runs VALUES ($trial, $seed, $folder, $steps, $finished)",
                ("$trial", number),
                ("$seed", seed),
                ("$folder", SweepFolder.RunName(number, seed)),
                ("$steps", run.Steps),
                ("$finished", run.IsFinished));
        }

        for (var rung = 0; rung < trial.Scores.Count; rung++)
        {
            Execute(
                _connection,
                "INSERT OR REPLACE INTO scores VALUES ($trial, $rung, $steps, $score)",
                ("$trial", number),
                ("$rung", rung),
                ("$steps", _plan.Rungs[rung]),
                ("$score", Number(trial.Scores[rung])));
        }
    }

    /// <summary>SQLite has no NaN.</summary>
    static object? Number(double value) => double.IsNaN(value) ? null : value;

    static void Execute(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        command.ExecuteNonQuery();
    }
}
