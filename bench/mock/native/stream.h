/* Shared by client and server: a file with a body of SSE events, time in nanoseconds, errors. */

#ifndef STREAM_H
#define STREAM_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* An event can carry the time at which it was sent, and its number: `@` digits `#` digits. */
enum { STAMP_DIGITS = 19, NUMBER_DIGITS = 8, STAMP_BYTES = STAMP_DIGITS + 1 + NUMBER_DIGITS };

#define NS_PER_MS 1000000LL
#define NS_PER_US 1000LL

static inline void must(bool good, const char *what) {
    if (good) return;
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(3);
}

static inline void *room(size_t count, size_t size) {
    void *made = calloc(count ? count : 1, size);
    must(made != NULL, "memory");
    return made;
}

static inline int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

struct text {
    char *bytes;
    size_t size;
};

static inline struct text read_file(const char *path) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && fstat(fd, &about) == 0, path);
    struct text text = {room((size_t)about.st_size, 1), (size_t)about.st_size};
    for (size_t got = 0; got < text.size;) {
        ssize_t n = read(fd, text.bytes + got, text.size - got);
        must(n > 0, path);
        got += (size_t)n;
    }
    close(fd);
    return text;
}

/* The offset after each event, that is, after its blank line. Lines of these bodies end with LF. */
struct ends {
    size_t *at;
    size_t count;
};

static inline struct ends find_ends(struct text body) {
    struct ends ends = {room(body.size / 2 + 1, sizeof(size_t)), 0};
    for (size_t i = 1; i < body.size; i++)
        if (body.bytes[i] == '\n' && body.bytes[i - 1] == '\n') ends.at[ends.count++] = i + 1;
    return ends;
}

static inline struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static inline void watch(int epoll, int operation, int fd, uint32_t events, void *data) {
    struct epoll_event event = {.events = events, .data.ptr = data};
    must(epoll_ctl(epoll, operation, fd, &event) == 0, "epoll_ctl");
}

#endif
