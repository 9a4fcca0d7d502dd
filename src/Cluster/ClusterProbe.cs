using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace RL.Cluster;

/// <summary>
/// Looks whether a cluster can be joined, before anything else is done: Orleans tries again for minutes where an address, a certificate or the
/// database is the wrong one, and does not say which.
/// </summary>
static class ClusterProbe
{
    /// <summary>As long as one worker is waited for; all are asked at the same time.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>For those who need a worker.</summary>
    /// <exception cref="UserException">No worker answers, or all refuse this certificate; or the database does not answer.</exception>
    public static async Task ThrowUnlessOpen(ClusterAddress address)
    {
        var answers = await Ask(address).ConfigureAwait(false);
        ThrowIfRefused(answers);
        if (!answers.Exists(answer => answer.IsThere))
        {
            throw NoWorker(answers.Count == 0
                ? "The database knows of none."
                : $"Tried: {string.Join(", ", answers.Select(answer => answer.Gateway))}.");
        }
    }

    /// <summary>For a worker, which may be the first.</summary>
    /// <exception cref="UserException">Others are there and refuse its certificate; or the database does not answer.</exception>
    public static async Task ThrowIfRefused(ClusterAddress address) => ThrowIfRefused(await Ask(address).ConfigureAwait(false));

    /// <summary>The error of a cluster without workers.</summary>
    /// <param name="detail">A sentence.</param>
    public static UserException NoWorker(string detail) => new($"No worker of the cluster answers; `./rl worker --cluster …` starts one. ({detail})");

    static void ThrowIfRefused(List<Answer> answers)
    {
        if (answers.Find(answer => answer.Problem is not null) is { } refused && !answers.Exists(answer => answer is { IsThere: true, Problem: null }))
        {
            throw new UserException(refused.Problem!);
        }
    }

    static async Task<List<Answer>> Ask(ClusterAddress address)
    {
        var gateways = address.Database is null ? [address.Gateway] : await ClusterDatabase.Gateways(address).ConfigureAwait(false);
        return [.. await Task.WhenAll(gateways.Select(gateway => Ask(gateway, address.Certificate))).ConfigureAwait(false)];
    }

    sealed record Answer(IPEndPoint Gateway, bool IsThere, string? Problem);

    static async Task<Answer> Ask(IPEndPoint gateway, X509Certificate2? ours)
    {
        using var patience = new CancellationTokenSource(_patience);
        using var client = new TcpClient(gateway.AddressFamily);
        try
        {
            await client.ConnectAsync(gateway, patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return new(gateway, false, null);
        }

        var shown = await Shown(client, ours, patience.Token).ConfigureAwait(false);
        return new(gateway, true, (ours, shown) switch
        {
            (null, null) => null,
            (null, { } theirs) => $"The worker at {gateway} shows a certificate ({Name(theirs)}), and --certificate is not given; allowed: the PEM file of that certificate.",
            ({ } own, null) => $"The worker at {gateway} shows no certificate, and --certificate is given ({Name(own)}); allowed: none, or workers that have the same one.",
            ({ } own, { } theirs) => ClusterNetwork.AreSame(own, theirs) ? null
                : $"The worker at {gateway} shows another certificate ({Name(theirs)}) than that of --certificate ({Name(own)}); allowed: the same file on both sides.",
        });
    }

    /// <summary>The certificate that is shown; null if it does not speak TLS.</summary>
    static async Task<X509Certificate2?> Shown(TcpClient client, X509Certificate2? ours, CancellationToken stop)
    {
        X509Certificate2? shown = null;
        using var stream = new SslStream(client.GetStream());
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = ClusterNetwork.Name,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ClientCertificates = ours is null ? [] : [ours],
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        shown = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                        return ours is not null && shown is not null && ClusterNetwork.AreSame(ours, shown);
                    },
                },
                stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException)
        {
            // What is shown before the other side ends it is what counts.
        }

        return shown;
    }

    static string Name(X509Certificate2 certificate) => $"{certificate.Subject}, SHA-1 {certificate.Thumbprint}";
}
