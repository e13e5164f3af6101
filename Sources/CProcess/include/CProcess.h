// What a process needs from C: its arguments where there is no /proc, handlers that may run at any
// instant, and what the build said about itself.
#ifndef CAIRN_PROCESS_H
#define CAIRN_PROCESS_H

#include <stddef.h>

/// The number of arguments the process was started with, its own name included; 0 if unknown.
int cairn_argument_count(void);

/// An argument, in the order given; NULL beyond the last.
const char *cairn_argument(int index);

/// The commit that the program was built from; NULL if the build did not say.
const char *cairn_commit(void);

/// Lets SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2 and SIGXCPU remove the temporary
/// files before they end the process.
/// A signal that is ignored stays ignored.
void cairn_remove_temporaries_on_signals(void);

/// Makes a file one to be removed on a signal, or a folder that is empty without the files added after it.
/// Returns its place, or -1 if there are too many.
/// The path should be absolute.
int cairn_add_temporary(const char *path);

/// Takes back a place: the file has got its name, or is gone.
void cairn_forget_temporary(int place);

/// Sees to it that a crash leaves no memory in a core file or a backtrace.
void cairn_forbid_crash_dumps(void);

/// Lets writes beyond the limit on the size of files, and to pipes that nobody reads, fail with an
/// error instead of ending the process.
void cairn_take_signals_as_errors(void);

/// Takes the places of standard descriptors that the process was started without, so that no file gets
/// one; using them stays an error.
void cairn_fill_standard_descriptors(void);

/// The socket that a service manager has opened for this process and that listens: the one descriptor of
/// LISTEN_FDS, if LISTEN_PID is this process. -1 if there is none; -2 if what was passed is not one such socket.
int cairn_inherited_socket(void);

/// Sends a state such as "READY=1" to the service manager that NOTIFY_SOCKET names, if it names one.
void cairn_notify(const char *state);

/// Ends the process as a write to a pipe that nobody reads does by default.
void cairn_end_as_broken_pipe(void);

#endif
