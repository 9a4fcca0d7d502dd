using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace RL
{
    /// <summary>
    /// Copies libLibTorchSharp.so with the version GLIBCXX_3.4.32 marked as weak, if the system's libstdc++ does not have it. Compiled
    /// by MSBuild (RL.InputOpt.targets), hence C# as old as Visual Studio's MSBuild understands it.
    /// </summary>
    public sealed class MarkVersionAsWeak : Task
    {
        const string Version = "GLIBCXX_3.4.32";
        const string OnlySymbol = "_ZSt21ios_base_library_initv";

        // Types of ELF-64 sections, and the flag of a needed version (gABI; Linux Standard Base, "Symbol Versioning").
        const uint DynamicSymbols = 11;
        const uint VersionNeeds = 0x6ffffffe;
        const uint SymbolVersions = 0x6fffffff;
        const ushort Weak = 2;

        static readonly string[] Folders = { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib" };

        [Required]
        public string Library { get; set; }

        [Required]
        public string Copy { get; set; }

        public string Mode { get; set; }

        [Output]
        public bool Made { get; set; }

        public override bool Execute()
        {
            if (Mode == "never" || (Mode != "always" && SystemHasVersion()))
            {
                return true;
            }

            var original = new FileInfo(Library);
            var copy = new FileInfo(Copy);
            if (copy.Exists && copy.Length == original.Length && copy.LastWriteTimeUtc >= original.LastWriteTimeUtc)
            {
                Made = true;
                return true;
            }

            var file = File.ReadAllBytes(Library);
            string problem;
            if (!Mark(file, out problem))
            {
                Log.LogError("{0} cannot be made to load with this system's libstdc++: {1}", Library, problem);
                return false;
            }

            Directory.CreateDirectory(copy.DirectoryName);
            // Two projects may share a folder: what is there is always whole.
            var temporary = Copy + "." + Guid.NewGuid().ToString("N");
            File.WriteAllBytes(temporary, file);
            File.Delete(Copy);
            File.Move(temporary, Copy);
            Made = true;
            return true;
        }

        /// <summary>True if there is no libstdc++ to judge by, too.</summary>
        static bool SystemHasVersion()
        {
            var libraries = Folders.Select(folder => Path.Combine(folder, "libstdc++.so.6")).Where(File.Exists).ToArray();
            // As bytes and characters one to one; the name must end there: GLIBCXX_3.4.32 is not in GLIBCXX_3.4.320.
            return libraries.Length == 0
                || libraries.Any(library => Encoding.GetEncoding("ISO-8859-1").GetString(File.ReadAllBytes(library)).Contains(Version + "\0"));
        }

        static bool Mark(byte[] file, out string problem)
        {
            problem = null;
            if (file.Length < 64 || file[0] != 0x7f || file[1] != 'E' || file[2] != 'L' || file[3] != 'F' || file[4] != 2 || file[5] != 1)
            {
                problem = "it is not a 64-bit little-endian ELF file.";
                return false;
            }

            var sections = Sections(file).ToArray();
            var needs = sections.FirstOrDefault(section => section.Type == VersionNeeds);
            var symbols = sections.FirstOrDefault(section => section.Type == DynamicSymbols);
            var versions = sections.FirstOrDefault(section => section.Type == SymbolVersions);
            if (needs == null || symbols == null || versions == null)
            {
                // Built without symbol versions: it asks for none.
                return true;
            }

            foreach (var auxiliary in Auxiliaries(file, needs.Offset))
            {
                if (Text(file, sections[needs.Link].Offset + BitConverter.ToUInt32(file, auxiliary + 8)) != Version)
                {
                    continue;
                }

                // Weak is right only while nothing that is called has this version.
                var index = BitConverter.ToUInt16(file, auxiliary + 6);
                for (var i = 0; i < versions.Size / 2; i++)
                {
                    var name = Text(file, sections[symbols.Link].Offset + BitConverter.ToUInt32(file, (int)(symbols.Offset + 24 * i)));
                    if ((BitConverter.ToUInt16(file, (int)(versions.Offset + 2 * i)) & 0x7fff) == index && name != OnlySymbol)
                    {
                        problem = "it calls " + name + ", which came with GCC 13.";
                        return false;
                    }
                }

                file[auxiliary + 4] |= (byte)Weak;
            }

            return true;
        }

        /// <summary>Where the needed versions of all libraries stand: hash (4 bytes), flags (2), index (2), name (4), next (4).</summary>
        static IEnumerable<int> Auxiliaries(byte[] file, long needs)
        {
            for (int need = (int)needs, step; ; need += step)
            {
                var auxiliary = need + BitConverter.ToInt32(file, need + 8);
                for (var left = BitConverter.ToUInt16(file, need + 2); left > 0; left--)
                {
                    yield return auxiliary;
                    auxiliary += BitConverter.ToInt32(file, auxiliary + 12);
                }

                step = BitConverter.ToInt32(file, need + 12);
                if (step == 0)
                {
                    yield break;
                }
            }
        }

        static IEnumerable<Section> Sections(byte[] file)
        {
            var at = BitConverter.ToInt64(file, 0x28);
            int size = BitConverter.ToUInt16(file, 0x3a);
            int count = BitConverter.ToUInt16(file, 0x3c);
            for (var i = 0; i < count; i++)
            {
                var header = (int)(at + (long)i * size);
                yield return new Section
                {
                    Type = BitConverter.ToUInt32(file, header + 4),
                    Offset = BitConverter.ToInt64(file, header + 24),
                    Size = BitConverter.ToInt64(file, header + 32),
                    Link = BitConverter.ToInt32(file, header + 40),
                };
            }
        }

        static string Text(byte[] file, long start)
        {
            var end = Array.IndexOf(file, (byte)0, (int)start);
            return Encoding.UTF8.GetString(file, (int)start, end - (int)start);
        }

        sealed class Section
        {
            public uint Type;
            public long Offset;
            public long Size;
            public int Link;
        }
    }
}
