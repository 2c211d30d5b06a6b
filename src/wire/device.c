#include "wire/device.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* How long an interface that was just brought up is given to become usable. */
#define LINK_WAIT_MS 2000
#define LINK_STEP_MS 10
#define SEND_BUFFER (4 << 20)

static const char *next_name(const void *list, size_t i)
{
    const struct if_nameindex *names = list;
    return names[i].if_index ? names[i].if_name : NULL;
}

bool device_missing(const char *name, struct where at, struct errs *errs)
{
    struct if_nameindex *names = if_nameindex();
    char text[80];
    const char *near = names ? err_nearest(name, next_name, names) : NULL;
    err_add(errs, at, "no network interface '%s'%s", name,
            near ? err_suggest(text, near) : ", `ip link` lists them");
    if (names) if_freenameindex(names);
    return false;
}

bool device_forbidden(const char *name, const char *what, struct where at, struct errs *errs)
{
    return err_add(errs, at,
                   "%s '%s' is not permitted, it needs CAP_NET_RAW: run as root or "
                   "`setcap cap_net_raw+ep` the program",
                   what, name);
}

static bool ask(int fd, unsigned long what, const char *name, struct ifreq *r)
{
    memset(r, 0, sizeof *r);
    strncpy(r->ifr_name, name, IFNAMSIZ - 1);
    return ioctl(fd, what, r) == 0;
}

bool device_has_link(int fd, const char *name)
{
    struct ifreq r;
    return ask(fd, SIOCGIFFLAGS, name, &r) && (r.ifr_flags & IFF_UP) && (r.ifr_flags & IFF_RUNNING);
}

uint64_t device_speed(const char *name)
{
    char path[64];
    long long mbit = 0;
    if (strlen(name) >= IFNAMSIZ || strchr(name, '/')) return 0;
    snprintf(path, sizeof path, "/sys/class/net/%s/speed", name);
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    if (fscanf(f, "%lld", &mbit) != 1 || mbit < 0) mbit = 0; /* -1: the driver does not know */
    fclose(f);
    return (uint64_t)mbit * 1000000;
}

/* One question to the driver; `data` begins with the command. */
static bool ask_driver(int fd, const char *name, void *data)
{
    struct ifreq r = {.ifr_data = data};
    strncpy(r.ifr_name, name, IFNAMSIZ - 1);
    return ioctl(fd, SIOCETHTOOL, &r) == 0;
}

/* The same for who has no socket yet. */
static bool ask_driver_once(const char *name, void *data)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    bool told = ask_driver(fd, name, data);
    close(fd);
    return told;
}

unsigned device_queues(const char *name)
{
    struct ethtool_channels c = {.cmd = ETHTOOL_GCHANNELS};
    if (!ask_driver_once(name, &c)) return 1;
    unsigned n = c.tx_count + c.combined_count;
    return n ? n : 1;
}

bool device_is_plain(const char *name)
{
    struct ethtool_drvinfo d = {.cmd = ETHTOOL_GDRVINFO};
    if (!ask_driver_once(name, &d)) return false;
    /* A card has a place on a bus; a bridge says that it has none. */
    return strcmp(d.driver, "veth") == 0 || (d.bus_info[0] && strcmp(d.bus_info, "N/A") != 0);
}

void device_widen(int fd)
{
    int room = SEND_BUFFER;
    /* Beyond the system's limit only with CAP_NET_ADMIN; otherwise as much as it grants. */
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) < 0)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

/* Whether the driver has a signal, which it knows up to a second before the kernel acts on it. */
static bool has_signal(int fd, const char *name)
{
    struct ethtool_value link = {.cmd = ETHTOOL_GLINK};
    return ask_driver(fd, name, &link) && link.data;
}

static bool check_state(int fd, const char *name, struct where at, struct errs *errs)
{
    struct ifreq r;
    for (unsigned waited = 0;; waited += LINK_STEP_MS) {
        if (!ask(fd, SIOCGIFFLAGS, name, &r)) return device_missing(name, at, errs);
        if (!(r.ifr_flags & IFF_UP))
            return err_add(errs, at, "interface '%s' is down: `ip link set %s up`", name, name);
        if (r.ifr_flags & IFF_RUNNING) return true;
        if (waited >= LINK_WAIT_MS || !has_signal(fd, name)) break;
        nanosleep(&(struct timespec){.tv_nsec = LINK_STEP_MS * 1000000}, NULL);
    }
    return err_add(errs, at, "interface '%s' has no link: is its cable in, its peer up?", name);
}

static bool query(int fd, const char *name, struct device *out, struct where at, struct errs *errs)
{
    struct ifreq r;
    if (!ask(fd, SIOCGIFINDEX, name, &r)) return device_missing(name, at, errs);
    out->index = r.ifr_ifindex;
    if (!ask(fd, SIOCGIFHWADDR, name, &r)) return device_missing(name, at, errs);
    if (r.ifr_hwaddr.sa_family != ARPHRD_ETHER && r.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK)
        return err_add(errs, at, "interface '%s' does not carry Ethernet frames (hardware type %u)",
                       name, r.ifr_hwaddr.sa_family);
    memcpy(out->mac, r.ifr_hwaddr.sa_data, sizeof out->mac);
    if (!ask(fd, SIOCGIFMTU, name, &r)) return device_missing(name, at, errs);
    out->mtu = (uint32_t)r.ifr_mtu;
    return check_state(fd, name, at, errs);
}

bool device_find(const char *name, struct device *out, struct where at, struct errs *errs)
{
    if (strlen(name) >= IFNAMSIZ) return device_missing(name, at, errs);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return err_add(errs, at, "cannot make a socket: %s", strerror(errno));
    bool ok = query(fd, name, out, at, errs);
    close(fd);
    return ok;
}
