/* usage: what a command cost, from the kernel's own books.
 *
 *   usage FILE COMMAND...     runs it; writes to FILE: CPU microseconds, peak KiB, wall
 *                             microseconds; exits as the command did */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"

static pid_t child;

static void pass_on(int sig)
{
    kill(child, sig);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: usage FILE COMMAND...\n");
        return 2;
    }
    uint64_t start = clock_now();
    child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (child < 0) return 1;
    signal(SIGTERM, pass_on);
    signal(SIGINT, pass_on);
    int status;
    struct rusage r;
    while (wait4(child, &status, 0, &r) < 0) continue;
    FILE *f = fopen(argv[1], "w");
    if (!f) return 1;
    long long cpu = (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000ll + r.ru_utime.tv_usec +
                    r.ru_stime.tv_usec;
    fprintf(f, "%lld %ld %llu\n", cpu, r.ru_maxrss,
            (unsigned long long)(clock_now() - start) / 1000);
    fclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
