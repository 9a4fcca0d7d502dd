namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module whose <c>call</c> runs what others have hooked onto it.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            // In the order of their registration.
            private protected readonly OrderedDictionary<string, TPreHook> _preHooks = [];
            private protected readonly OrderedDictionary<string, TPostHook> _postHooks = [];
            long _registrations;

            protected HookableModule(string name)
                : base(name)
            {
            }

            private protected HookableModule(string name, bool registered)
                : base(name, registered)
            {
            }

            /// <summary>Called with (module, input, output) after forward; what it returns, if not null, is the output.</summary>
            public HookRemover register_forward_hook(TPostHook hook)
            {
                var key = NextKey();
                _postHooks.Add(key, hook);
                return new(this, key);
            }

            /// <summary>Called with (module, input) before forward; what it returns, if not null, is the input.</summary>
            public HookRemover register_forward_pre_hook(TPreHook hook)
            {
                var key = NextKey();
                _preHooks.Add(key, hook);
                return new(this, key);
            }

            string NextKey() => (_registrations++).ToString(System.Globalization.CultureInfo.InvariantCulture);

            public class HookRemover
            {
                readonly HookableModule<TPreHook, TPostHook> _module;
                readonly string _key;

                internal HookRemover(HookableModule<TPreHook, TPostHook> module, string key) => (_module, _key) = (module, key);

                public void remove()
                {
                    _module._preHooks.Remove(_key);
                    _module._postHooks.Remove(_key);
                }
            }
        }

        public abstract class Module<T, TResult>
            : HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>, IModule<T, TResult>
        {
            protected Module(string name)
                : base(name)
            {
            }

            private protected Module(string name, bool registered)
                : base(name, registered)
            {
            }

            public abstract TResult forward(T input);

            public TResult call(T input)
            {
                foreach (var hook in _preHooks.Values)
                    input = hook(this, input) ?? input;
                var output = forward(input);
                foreach (var hook in _postHooks.Values)
                    output = hook(this, input, output) ?? output;
                return output;
            }
        }

        public abstract class Module<T1, T2, TResult>
            : HookableModule<
                Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>, Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>>,
            IModule<T1, T2, TResult>
        {
            protected Module(string name)
                : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2);

            public TResult call(T1 input1, T2 input2)
            {
                foreach (var hook in _preHooks.Values)
                    if (hook(this, input1, input2) is { } modified)
                        (input1, input2) = modified;
                var output = forward(input1, input2);
                foreach (var hook in _postHooks.Values)
                    output = hook(this, input1, input2, output) ?? output;
                return output;
            }
        }
    }
}
