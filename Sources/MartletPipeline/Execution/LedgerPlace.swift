import Foundation
import Glibc
import MartletStore

/// Where the ledger of this machine is: the same place for a login shell, a service and a cron job of one user, whatever their environment.
///
/// It is in the user's own folder by the list of users, as folders of a session go when that ends, and those for temporary files may be
/// private to a service. What is below says which processes see one another: those of one start of one machine (a home may be shared by
/// many), in one container.
enum LedgerPlace {
    /// Folders of starts of machines in which nothing changed for so long are removed.
    static let ageMax = Duration.seconds(30 * 86_400)

    static var usual: String {
        let named = ProcessInfo.processInfo.environment["MARTLET_LEDGER"] ?? ""
        return named.isEmpty ? own : named
    }

    static var own: String { "\(usersFolder)/\(MachineStart.own.boot)-\(MachineStart.own.processes)" }

    /// Who has no folder to write to has one among the temporary ones.
    private static var usersFolder: String {
        guard let home = homeFolder, home.hasPrefix("/"), access(home, W_OK) == 0 else { return "/tmp/martlet-\(geteuid())/machines" }
        return "\(home)/.local/state/martlet/machines"
    }

    private static var homeFolder: String? {
        var (user, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 14) { buffer in
            guard let start = buffer.baseAddress, getpwuid_r(geteuid(), &user, start, buffer.count, &found) == 0, found != nil else {
                return nil
            }
            return user.pw_dir.map { String(cString: $0) }
        }
    }

    /// Removes what is left of earlier starts. What cannot be removed takes little.
    static func removeOld(beside folder: String) {
        let parent = Directory.parent(of: folder)
        guard parent.hasSuffix("/martlet/machines") || parent.hasSuffix("martlet-\(geteuid())/machines") else { return }
        for name in (try? Directory.names(in: parent)) ?? [] {
            guard Directory.kind(of: "\(parent)/\(name)") == S_IFDIR else { continue }
            var status = stat()
            // Who never wrote to it has just made it, or was killed then.
            guard lstat("\(parent)/\(name)/ledger", &status) == 0 || lstat("\(parent)/\(name)", &status) == 0 else { continue }
            guard .seconds(time(nil) - status.st_mtim.tv_sec) > ageMax else { continue }
            try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
        }
    }
}
