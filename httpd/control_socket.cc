// SPDX-License-Identifier: MIT
#include "httpd/control_socket.h"

#include "base/log.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <limits>
#include <utility>

namespace jobledger::httpd {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kMaxPathBytes = sizeof(sockaddr_un::sun_path) - 1;
constexpr ::mode_t kFolderMode = 0755, kOwnerOnly = 0600, kOwnerAndGroup = 0660;
constexpr std::size_t kLeastGroupBytes = 4u << 10, kMaxGroupBytes = 16u << 20;  // of member names
// What the kernel shows of users and groups of other user namespaces.
constexpr ::uid_t kUnmapped = 65534;

Error failed(const std::filesystem::path& path, std::string_view what, int number) {
  const auto text = std::generic_category().message(number);
  return io_error(path.string() + ": " + std::string(what) + ": " + text);
}

// Outside of user namespaces one line of the map has all numbers.
bool has_all_numbers(const char* map) {
  std::ifstream file(map);
  std::uint64_t inside = 0, outside = 0, count = 0;
  file >> inside >> outside >> count;
  return count == std::numeric_limits<std::uint32_t>::max();
}

// nullopt when there is no such group.
std::optional<gid_t> find_group(const std::string& name) {
  if (name.empty()) return std::nullopt;
  std::vector<char> room(kLeastGroupBytes);
  group entry{}, *found = nullptr;
  while (::getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == ERANGE &&
         room.size() < kMaxGroupBytes) {
    room.resize(2 * room.size());
  }
  if (found != nullptr) return found->gr_gid;
  LOG(info, "http", "no group {}: the control socket is for root and our own user only", name);
  return std::nullopt;
}

Result<std::vector<gid_t>> supplementary_groups(int socket) {
  std::vector<gid_t> groups(64);
  for (;;) {
    auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    const int got = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes);
    const int number = errno;
    const std::size_t count = bytes / sizeof(gid_t);  // as many as there are, also when too few fit
    if (got != 0 && (number != ERANGE || count <= groups.size())) {
      return failed("peer", "groups", number);
    }
    groups.resize(count);
    if (got == 0) return groups;
  }
}

// 0: somebody listens there; else the error's number.
int try_to_connect(const std::filesystem::path& path) {
  const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return errno;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, kMaxPathBytes);
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  return ::connect(probe.get(), any, sizeof address) == 0 ? 0 : errno;
}

Result<Fd> lock_beside(const std::filesystem::path& path) {
  const std::filesystem::path name = path.native() + ".lock";
  Fd file(::open(name.c_str(), O_CREAT | O_RDWR | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
  if (!file) return failed(name, "open", errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return file;
  if (errno != EWOULDBLOCK) return failed(name, "lock", errno);
  return Error{ErrorKind::conflict, path.string() + ": another jobledgerd has it"};
}

}  // namespace

Result<PeerIdentity> identity_of_peer(int socket) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) {
    return failed("peer", "credentials", errno);
  }
  TRY(auto groups, supplementary_groups(socket));
  return PeerIdentity{peer.uid, peer.gid, std::move(groups)};
}

Access ControlRights::of(const PeerIdentity& peer) const {
  const auto is_known = [this](auto number) { return all_numbered || number != kUnmapped; };
  if (peer.user == 0 || (peer.user == user && is_known(user))) return Access::change;
  if (!group || !is_known(*group)) return Access::open;
  const bool member = peer.group == *group || std::find(peer.groups.begin(), peer.groups.end(),
                                                        *group) != peer.groups.end();
  return member ? Access::read : Access::open;
}

Result<void> check_socket_path(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (!path.is_absolute() || path.filename().empty() || text.find('\0') != std::string::npos) {
    return invalid("\"" + text + "\": expected the absolute path of a file");
  }
  if (text.size() > kMaxPathBytes) {
    return invalid("\"" + text + "\": longer than the " + std::to_string(kMaxPathBytes) +
                   " bytes that a socket's path may have");
  }
  return {};
}

ControlSocket::ControlSocket(asio::any_io_executor executor, std::filesystem::path path)
    : path_(std::move(path)), acceptor_(executor) {}

ControlSocket::~ControlSocket() {
  error_code ignored;
  acceptor_.close(ignored);
  if (bound_) ::unlink(path_.c_str());
}

Result<std::unique_ptr<ControlSocket>> ControlSocket::make(asio::any_io_executor executor,
                                                           const std::filesystem::path& path,
                                                           const std::string& group) {
  TRY(check_socket_path(path));
  std::unique_ptr<ControlSocket> made(new ControlSocket(std::move(executor), path));
  made->rights_ = {::geteuid(), find_group(group),
                   has_all_numbers("/proc/self/uid_map") && has_all_numbers("/proc/self/gid_map")};
  const std::filesystem::path folder = path.parent_path();
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return failed(folder, "make this folder", errno);
  }
  TRY(made->lock_, lock_beside(path));
  TRY(made->remove_left_over());
  TRY(made->open());
  TRY(made->permit_group());
  LOG(info, "http", "listening on {} (control)", path.native());
  return made;
}

// Only a socket that nobody listens to.
Result<void> ControlSocket::remove_left_over() {
  struct ::stat status {};
  if (::lstat(path_.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return failed(path_, "look", errno);
  }
  if (!S_ISSOCK(status.st_mode)) {
    return Error{ErrorKind::conflict, path_.string() + ": is there and is no socket"};
  }
  if (const int number = try_to_connect(path_); number != ECONNREFUSED) {
    return Error{ErrorKind::conflict, path_.string() + ": another program listens there"};
  }
  if (::unlink(path_.c_str()) != 0) return failed(path_, "remove what was left over", errno);
  return {};
}

Result<void> ControlSocket::open() {
  error_code ec;
  acceptor_.open(Protocol(), ec);
  if (ec) return failed(path_, "socket", ec.value());
  // The file that bind makes has these rights from its first moment.
  if (::fchmod(acceptor_.native_handle(), kOwnerOnly) != 0) return failed(path_, "rights", errno);
  acceptor_.bind(Protocol::endpoint(path_.native()), ec);
  if (ec) return failed(path_, "bind", ec.value());
  bound_ = true;
  acceptor_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) return failed(path_, "listen", ec.value());
  return {};
}

// Under systemd the file has the group already. A user who is not in the group cannot give the
// file to it: then it stays the user's own.
Result<void> ControlSocket::permit_group() {
  if (!rights_.group) return {};
  struct ::stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return failed(path_, "look", errno);
  const bool given = status.st_gid == *rights_.group ||
                     ::lchown(path_.c_str(), static_cast<uid_t>(-1), *rights_.group) == 0;
  if (!given) {
    LOG(warning, "http",
        "{}: for our own user and root only, as it cannot be given to group {}: {}", path_.native(),
        *rights_.group, std::generic_category().message(errno));
    return {};
  }
  if (::chmod(path_.c_str(), kOwnerAndGroup) != 0) return failed(path_, "rights", errno);
  return {};
}

Access ControlSocket::access_of(Protocol::socket& peer) const {
  const auto identity = identity_of_peer(peer.native_handle());
  if (identity) return rights_.of(*identity);
  LOG(warning, "http", "{}", identity.error().detail);
  return Access::open;
}

}  // namespace jobledger::httpd
