# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_windhover_global_optspecs
    string join \n c= built-in r= o/option= V/validate= M= P/pidfile= p/print= U/unbuffered v dry-run disable-source= enable-source= workers= flight-recorder= scope-tree= scope-cgroup= plan= kernel-verdicts= L l= i list= list-events N format= markdown config-schema list-plugins plugin-info= rule-schema support version page-size h/help
end

function __fish_windhover_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_windhover_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_windhover_using_subcommand
    set -l cmd (__fish_windhover_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c windhover -n "__fish_windhover_needs_command" -s c -d 'The configuration file; without it /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml, else the built-in one' -r -F
complete -c windhover -n "__fish_windhover_needs_command" -s r -d 'A rules file or folder, instead of those of the configuration; may be repeated' -r -F
complete -c windhover -n "__fish_windhover_needs_command" -s o -l option -d 'Set a value of the configuration; may be repeated' -r
complete -c windhover -n "__fish_windhover_needs_command" -s V -l validate -d 'Validate rules files instead of running; may be repeated' -r -F
complete -c windhover -n "__fish_windhover_needs_command" -s M -d 'Stop after so many seconds' -r
complete -c windhover -n "__fish_windhover_needs_command" -s P -l pidfile -d 'Write the process id to a file' -r -F
complete -c windhover -n "__fish_windhover_needs_command" -s p -l print -d 'Add a text to the output of every rule (deprecated: use append_output)' -r
complete -c windhover -n "__fish_windhover_needs_command" -l disable-source -d 'Run without an event source; may be repeated' -r
complete -c windhover -n "__fish_windhover_needs_command" -l enable-source -d 'Run with these event sources only; may be repeated' -r
complete -c windhover -n "__fish_windhover_needs_command" -l workers -d 'Workers on the kernel\'s events, each with a ring buffer: a number, or what suits the machine' -r
complete -c windhover -n "__fish_windhover_needs_command" -l flight-recorder -d 'With recordings around alerts (capture.enabled): begin them so many seconds before the alert' -r
complete -c windhover -n "__fish_windhover_needs_command" -l scope-tree -d 'Watch only this process and all that it starts from now on; may be repeated' -r
complete -c windhover -n "__fish_windhover_needs_command" -l scope-cgroup -d 'Watch only the processes of this control group (version 2) and of those below it' -r -F
complete -c windhover -n "__fish_windhover_needs_command" -l plan -d 'How far rules are compiled before they meet an event; alerts are the same, the speed is not (with `doctor`: show what was decided where; with `rules check`: for which rules all events of a type are sent up)' -r -f -a "off\t'One rule after the other'
rules\t'All rules together'
kinds\t'And for each kind of event'
processes\t'And for each process'
likeness\t'And events like those that matched nothing are settled without looking at them'"
complete -c windhover -n "__fish_windhover_needs_command" -l kernel-verdicts -d 'Whether the kernel keeps to itself what no rule can match; else the configuration\'s kernel_verdicts, which is true' -r -f -a "on\t'On'
off\t'Off'"
complete -c windhover -n "__fish_windhover_needs_command" -s l -d 'Describe one rule' -r
complete -c windhover -n "__fish_windhover_needs_command" -l list -d 'List the fields, of one event source if named' -r
complete -c windhover -n "__fish_windhover_needs_command" -l format -d 'Form of --list and --list-events' -r -f -a "text\t'Columns'
markdown\t'Tables'
json\t'JSON'"
complete -c windhover -n "__fish_windhover_needs_command" -l plugin-info -d 'Describe one plugin, by its name or its library\'s path' -r
complete -c windhover -n "__fish_windhover_needs_command" -l built-in -d 'Use the built-in configuration and rules, whatever files there are'
complete -c windhover -n "__fish_windhover_needs_command" -s U -l unbuffered -d 'Write alerts one by one, whatever buffered_outputs says'
complete -c windhover -n "__fish_windhover_needs_command" -s v -d 'Say more'
complete -c windhover -n "__fish_windhover_needs_command" -l dry-run -d 'Check everything, and run nothing'
complete -c windhover -n "__fish_windhover_needs_command" -s L -d 'Describe all rules'
complete -c windhover -n "__fish_windhover_needs_command" -s i -d 'List the system calls that are not watched unless all are asked for'
complete -c windhover -n "__fish_windhover_needs_command" -l list-events -d 'List the events'
complete -c windhover -n "__fish_windhover_needs_command" -s N -d 'With --list: names only'
complete -c windhover -n "__fish_windhover_needs_command" -l markdown -d 'The same as --format markdown (deprecated)'
complete -c windhover -n "__fish_windhover_needs_command" -l config-schema -d 'Print the JSON schema of the configuration'
complete -c windhover -n "__fish_windhover_needs_command" -l list-plugins -d 'List the plugins in force'
complete -c windhover -n "__fish_windhover_needs_command" -l rule-schema -d 'Print the JSON schema of rules files'
complete -c windhover -n "__fish_windhover_needs_command" -l support -d 'Print what helps to understand a problem, as JSON'
complete -c windhover -n "__fish_windhover_needs_command" -l version -d 'Print the version'
complete -c windhover -n "__fish_windhover_needs_command" -l page-size -d 'Print the size of a memory page'
complete -c windhover -n "__fish_windhover_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c windhover -n "__fish_windhover_needs_command" -f -a "replay" -d 'Run a capture file through the rules, or look at its events'
complete -c windhover -n "__fish_windhover_needs_command" -f -a "record" -d 'Record this machine\'s events into a capture file'
complete -c windhover -n "__fish_windhover_needs_command" -f -a "rules" -d 'Work on rules files'
complete -c windhover -n "__fish_windhover_needs_command" -f -a "doctor" -d 'Say what this machine lacks for being watched, and how to get it'
complete -c windhover -n "__fish_windhover_needs_command" -f -a "generate" -d 'Print completions, manual pages, reference pages, or a configuration file to begin with'
complete -c windhover -n "__fish_windhover_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l filter -d 'Only events that this condition holds for' -r
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l count-by -d 'Count events by a field, or by several with commas between' -r
complete -c windhover -n "__fish_windhover_using_subcommand replay" -s c -d 'The configuration file; without it /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml, else the built-in one' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand replay" -s r -d 'A rules file or folder, instead of those of the configuration; may be repeated' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand replay" -s o -l option -d 'Set a value of the configuration; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand replay" -s M -d 'Stop after so many seconds' -r
complete -c windhover -n "__fish_windhover_using_subcommand replay" -s P -l pidfile -d 'Write the process id to a file' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand replay" -s p -l print -d 'Add a text to the output of every rule (deprecated: use append_output)' -r
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l flight-recorder -d 'With recordings around alerts (capture.enabled): begin them so many seconds before the alert' -r
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l scope-tree -d 'Watch only this process and all that it starts from now on; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l scope-cgroup -d 'Watch only the processes of this control group (version 2) and of those below it' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l plan -d 'How far rules are compiled before they meet an event; alerts are the same, the speed is not (with `doctor`: show what was decided where; with `rules check`: for which rules all events of a type are sent up)' -r -f -a "off\t'One rule after the other'
rules\t'All rules together'
kinds\t'And for each kind of event'
processes\t'And for each process'
likeness\t'And events like those that matched nothing are settled without looking at them'"
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l kernel-verdicts -d 'Whether the kernel keeps to itself what no rule can match; else the configuration\'s kernel_verdicts, which is true' -r -f -a "on\t'On'
off\t'Off'"
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l json -d 'A line of JSON for each event, with the fields of --print, or for each count'
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l built-in -d 'Use the built-in configuration and rules, whatever files there are'
complete -c windhover -n "__fish_windhover_using_subcommand replay" -s U -l unbuffered -d 'Write alerts one by one, whatever buffered_outputs says'
complete -c windhover -n "__fish_windhover_using_subcommand replay" -s v -d 'Say more'
complete -c windhover -n "__fish_windhover_using_subcommand replay" -l dry-run -d 'Check everything, and run nothing'
complete -c windhover -n "__fish_windhover_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c windhover -n "__fish_windhover_using_subcommand record" -l filter -d 'Only events that this condition holds for; those that the model needs are kept too, hidden' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -l events -d 'End after so many events' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -l max-mib -d 'End at so many MiB, of all files together' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -l rotate-mib -d 'Go on in another file at so many MiB: FILE.1.scap, FILE.2.scap …' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -l keep -d 'Keep the newest files only' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -l snapshot-length -d 'Bytes to keep of each read, write, send and receive' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -s c -d 'The configuration file; without it /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml, else the built-in one' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand record" -s r -d 'A rules file or folder, instead of those of the configuration; may be repeated' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand record" -s o -l option -d 'Set a value of the configuration; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -s M -d 'Stop after so many seconds' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -s P -l pidfile -d 'Write the process id to a file' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand record" -s p -l print -d 'Add a text to the output of every rule (deprecated: use append_output)' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -l flight-recorder -d 'With recordings around alerts (capture.enabled): begin them so many seconds before the alert' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -l scope-tree -d 'Watch only this process and all that it starts from now on; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand record" -l scope-cgroup -d 'Watch only the processes of this control group (version 2) and of those below it' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand record" -l plan -d 'How far rules are compiled before they meet an event; alerts are the same, the speed is not (with `doctor`: show what was decided where; with `rules check`: for which rules all events of a type are sent up)' -r -f -a "off\t'One rule after the other'
rules\t'All rules together'
kinds\t'And for each kind of event'
processes\t'And for each process'
likeness\t'And events like those that matched nothing are settled without looking at them'"
complete -c windhover -n "__fish_windhover_using_subcommand record" -l kernel-verdicts -d 'Whether the kernel keeps to itself what no rule can match; else the configuration\'s kernel_verdicts, which is true' -r -f -a "on\t'On'
off\t'Off'"
complete -c windhover -n "__fish_windhover_using_subcommand record" -l plain -d 'Do not compress'
complete -c windhover -n "__fish_windhover_using_subcommand record" -l built-in -d 'Use the built-in configuration and rules, whatever files there are'
complete -c windhover -n "__fish_windhover_using_subcommand record" -s U -l unbuffered -d 'Write alerts one by one, whatever buffered_outputs says'
complete -c windhover -n "__fish_windhover_using_subcommand record" -s v -d 'Say more'
complete -c windhover -n "__fish_windhover_using_subcommand record" -l dry-run -d 'Check everything, and run nothing'
complete -c windhover -n "__fish_windhover_using_subcommand record" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -s c -d 'The configuration file; without it /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml, else the built-in one' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -s r -d 'A rules file or folder, instead of those of the configuration; may be repeated' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -s o -l option -d 'Set a value of the configuration; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -s M -d 'Stop after so many seconds' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -s P -l pidfile -d 'Write the process id to a file' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -s p -l print -d 'Add a text to the output of every rule (deprecated: use append_output)' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -l flight-recorder -d 'With recordings around alerts (capture.enabled): begin them so many seconds before the alert' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -l scope-tree -d 'Watch only this process and all that it starts from now on; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -l scope-cgroup -d 'Watch only the processes of this control group (version 2) and of those below it' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -l plan -d 'How far rules are compiled before they meet an event; alerts are the same, the speed is not (with `doctor`: show what was decided where; with `rules check`: for which rules all events of a type are sent up)' -r -f -a "off\t'One rule after the other'
rules\t'All rules together'
kinds\t'And for each kind of event'
processes\t'And for each process'
likeness\t'And events like those that matched nothing are settled without looking at them'"
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -l kernel-verdicts -d 'Whether the kernel keeps to itself what no rule can match; else the configuration\'s kernel_verdicts, which is true' -r -f -a "on\t'On'
off\t'Off'"
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -l built-in -d 'Use the built-in configuration and rules, whatever files there are'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -s U -l unbuffered -d 'Write alerts one by one, whatever buffered_outputs says'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -s v -d 'Say more'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -l dry-run -d 'Check everything, and run nothing'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -f -a "check" -d 'Check rules files, and show every mistake at its place'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -f -a "explain" -d 'Explain what a finding of `check` means, with an example'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and not __fish_seen_subcommand_from check explain help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l report -d 'How to show what is found' -r -f -a "full\t'With the lines concerned'
concise\t'One line each'
json\t'A JSON array'
sarif\t'SARIF 2.1.0, for code hosts'"
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l deny -d 'Take what this id stands for as an error; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l allow -d 'Leave out what this id stands for, unless it is an error; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -s c -d 'The configuration file; without it /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml, else the built-in one' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -s r -d 'A rules file or folder, instead of those of the configuration; may be repeated' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -s o -l option -d 'Set a value of the configuration; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -s M -d 'Stop after so many seconds' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -s P -l pidfile -d 'Write the process id to a file' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -s p -l print -d 'Add a text to the output of every rule (deprecated: use append_output)' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l flight-recorder -d 'With recordings around alerts (capture.enabled): begin them so many seconds before the alert' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l scope-tree -d 'Watch only this process and all that it starts from now on; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l scope-cgroup -d 'Watch only the processes of this control group (version 2) and of those below it' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l plan -d 'How far rules are compiled before they meet an event; alerts are the same, the speed is not (with `doctor`: show what was decided where; with `rules check`: for which rules all events of a type are sent up)' -r -f -a "off\t'One rule after the other'
rules\t'All rules together'
kinds\t'And for each kind of event'
processes\t'And for each process'
likeness\t'And events like those that matched nothing are settled without looking at them'"
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l kernel-verdicts -d 'Whether the kernel keeps to itself what no rule can match; else the configuration\'s kernel_verdicts, which is true' -r -f -a "on\t'On'
off\t'Off'"
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l strict -d 'Take warnings for errors'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l built-in -d 'Use the built-in configuration and rules, whatever files there are'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -s U -l unbuffered -d 'Write alerts one by one, whatever buffered_outputs says'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -s v -d 'Say more'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -l dry-run -d 'Check everything, and run nothing'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -s c -d 'The configuration file; without it /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml, else the built-in one' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -s r -d 'A rules file or folder, instead of those of the configuration; may be repeated' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -s o -l option -d 'Set a value of the configuration; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -s M -d 'Stop after so many seconds' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -s P -l pidfile -d 'Write the process id to a file' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -s p -l print -d 'Add a text to the output of every rule (deprecated: use append_output)' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -l flight-recorder -d 'With recordings around alerts (capture.enabled): begin them so many seconds before the alert' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -l scope-tree -d 'Watch only this process and all that it starts from now on; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -l scope-cgroup -d 'Watch only the processes of this control group (version 2) and of those below it' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -l plan -d 'How far rules are compiled before they meet an event; alerts are the same, the speed is not (with `doctor`: show what was decided where; with `rules check`: for which rules all events of a type are sent up)' -r -f -a "off\t'One rule after the other'
rules\t'All rules together'
kinds\t'And for each kind of event'
processes\t'And for each process'
likeness\t'And events like those that matched nothing are settled without looking at them'"
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -l kernel-verdicts -d 'Whether the kernel keeps to itself what no rule can match; else the configuration\'s kernel_verdicts, which is true' -r -f -a "on\t'On'
off\t'Off'"
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -l built-in -d 'Use the built-in configuration and rules, whatever files there are'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -s U -l unbuffered -d 'Write alerts one by one, whatever buffered_outputs says'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -s v -d 'Say more'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -l dry-run -d 'Check everything, and run nothing'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "check" -d 'Check rules files, and show every mistake at its place'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "explain" -d 'Explain what a finding of `check` means, with an example'
complete -c windhover -n "__fish_windhover_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -s c -d 'The configuration file; without it /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml, else the built-in one' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -s r -d 'A rules file or folder, instead of those of the configuration; may be repeated' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -s o -l option -d 'Set a value of the configuration; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -s M -d 'Stop after so many seconds' -r
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -s P -l pidfile -d 'Write the process id to a file' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -s p -l print -d 'Add a text to the output of every rule (deprecated: use append_output)' -r
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -l flight-recorder -d 'With recordings around alerts (capture.enabled): begin them so many seconds before the alert' -r
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -l scope-tree -d 'Watch only this process and all that it starts from now on; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -l scope-cgroup -d 'Watch only the processes of this control group (version 2) and of those below it' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -l plan -d 'How far rules are compiled before they meet an event; alerts are the same, the speed is not (with `doctor`: show what was decided where; with `rules check`: for which rules all events of a type are sent up)' -r -f -a "off\t'One rule after the other'
rules\t'All rules together'
kinds\t'And for each kind of event'
processes\t'And for each process'
likeness\t'And events like those that matched nothing are settled without looking at them'"
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -l kernel-verdicts -d 'Whether the kernel keeps to itself what no rule can match; else the configuration\'s kernel_verdicts, which is true' -r -f -a "on\t'On'
off\t'Off'"
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -l json -d 'As a JSON object'
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -l built-in -d 'Use the built-in configuration and rules, whatever files there are'
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -s U -l unbuffered -d 'Write alerts one by one, whatever buffered_outputs says'
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -s v -d 'Say more'
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -l dry-run -d 'Check everything, and run nothing'
complete -c windhover -n "__fish_windhover_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c windhover -n "__fish_windhover_using_subcommand generate" -s c -d 'The configuration file; without it /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml, else the built-in one' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand generate" -s r -d 'A rules file or folder, instead of those of the configuration; may be repeated' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand generate" -s o -l option -d 'Set a value of the configuration; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand generate" -s M -d 'Stop after so many seconds' -r
complete -c windhover -n "__fish_windhover_using_subcommand generate" -s P -l pidfile -d 'Write the process id to a file' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand generate" -s p -l print -d 'Add a text to the output of every rule (deprecated: use append_output)' -r
complete -c windhover -n "__fish_windhover_using_subcommand generate" -l flight-recorder -d 'With recordings around alerts (capture.enabled): begin them so many seconds before the alert' -r
complete -c windhover -n "__fish_windhover_using_subcommand generate" -l scope-tree -d 'Watch only this process and all that it starts from now on; may be repeated' -r
complete -c windhover -n "__fish_windhover_using_subcommand generate" -l scope-cgroup -d 'Watch only the processes of this control group (version 2) and of those below it' -r -F
complete -c windhover -n "__fish_windhover_using_subcommand generate" -l plan -d 'How far rules are compiled before they meet an event; alerts are the same, the speed is not (with `doctor`: show what was decided where; with `rules check`: for which rules all events of a type are sent up)' -r -f -a "off\t'One rule after the other'
rules\t'All rules together'
kinds\t'And for each kind of event'
processes\t'And for each process'
likeness\t'And events like those that matched nothing are settled without looking at them'"
complete -c windhover -n "__fish_windhover_using_subcommand generate" -l kernel-verdicts -d 'Whether the kernel keeps to itself what no rule can match; else the configuration\'s kernel_verdicts, which is true' -r -f -a "on\t'On'
off\t'Off'"
complete -c windhover -n "__fish_windhover_using_subcommand generate" -l built-in -d 'Use the built-in configuration and rules, whatever files there are'
complete -c windhover -n "__fish_windhover_using_subcommand generate" -s U -l unbuffered -d 'Write alerts one by one, whatever buffered_outputs says'
complete -c windhover -n "__fish_windhover_using_subcommand generate" -s v -d 'Say more'
complete -c windhover -n "__fish_windhover_using_subcommand generate" -l dry-run -d 'Check everything, and run nothing'
complete -c windhover -n "__fish_windhover_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c windhover -n "__fish_windhover_using_subcommand help; and not __fish_seen_subcommand_from replay record rules doctor generate help" -f -a "replay" -d 'Run a capture file through the rules, or look at its events'
complete -c windhover -n "__fish_windhover_using_subcommand help; and not __fish_seen_subcommand_from replay record rules doctor generate help" -f -a "record" -d 'Record this machine\'s events into a capture file'
complete -c windhover -n "__fish_windhover_using_subcommand help; and not __fish_seen_subcommand_from replay record rules doctor generate help" -f -a "rules" -d 'Work on rules files'
complete -c windhover -n "__fish_windhover_using_subcommand help; and not __fish_seen_subcommand_from replay record rules doctor generate help" -f -a "doctor" -d 'Say what this machine lacks for being watched, and how to get it'
complete -c windhover -n "__fish_windhover_using_subcommand help; and not __fish_seen_subcommand_from replay record rules doctor generate help" -f -a "generate" -d 'Print completions, manual pages, reference pages, or a configuration file to begin with'
complete -c windhover -n "__fish_windhover_using_subcommand help; and not __fish_seen_subcommand_from replay record rules doctor generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c windhover -n "__fish_windhover_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "check" -d 'Check rules files, and show every mistake at its place'
complete -c windhover -n "__fish_windhover_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "explain" -d 'Explain what a finding of `check` means, with an example'
