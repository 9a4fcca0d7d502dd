RL.Host.DiagnosticFiles.Delete();
return RL.Host.CommandLine.Run(args, RL.Host.HostConsole.System);
