import CSpawn
import Glibc
import Synchronization

/// The process that begins guards for this one; it is started when the first is asked for, and ends with this process.
final class GuardHost: Sendable {
    static let shared = GuardHost()

    private struct Host {
        let pid: Int32
        let socket: OwnedDescriptor
    }

    private let host = Mutex<Host?>(nil)

    deinit { host.withLock { Self.end(&$0) } }

    /// The process' number; `nil` where none was needed yet.
    var pid: Int32? { host.withLock { $0?.pid } }

    /// What came of a request.
    enum Answer {
        /// The guard's number.
        case begun(Int32)
        /// There is none, for an `errno`.
        case refused(Int32)
        /// There may be one, whose number is not known.
        case unknown
    }

    /// Has a guard begun.
    func begin(_ request: martlet_guard_request, _ body: [UInt8], _ descriptors: [Int32]) -> Answer {
        host.withLock { host in
            let hadHost = host != nil
            let answer = Self.ask(&host, request, body, descriptors)
            // Somebody ended it since the last time.
            if case .refused = answer, hadHost, host == nil { return Self.ask(&host, request, body, descriptors) }
            return answer
        }
    }

    private static func ask(
        _ host: inout Host?, _ request: martlet_guard_request, _ body: [UInt8], _ descriptors: [Int32]
    ) -> Answer {
        do throws(Fault) {
            if host == nil { host = try started() }
        } catch {
            return .refused(error.code)
        }
        guard let socket = host?.socket else { return .refused(EIO) }
        var (request, pid, progress) = (request, Int32(0), MARTLET_GUARD_UNASKED)
        let code = martlet_guard_begin(socket.number, &request, body, descriptors, &pid, &progress)
        if code == 0 { return .begun(pid) }
        // What it has of the request, it must not take for a part of the next.
        if progress != MARTLET_GUARD_ANSWERED { end(&host) }
        return progress == MARTLET_GUARD_ASKED ? .unknown : .refused(code)
    }

    private struct Fault: Error { let code: Int32 }

    private static func started() throws(Fault) -> Host {
        guard let pair = try? OwnedDescriptor.pair() else { throw Fault(code: EMFILE) }
        var pid: Int32 = 0
        let code = martlet_guard_start_host(pair.theirs.number, &pid)
        guard code == 0 else { throw Fault(code: code) }
        return Host(pid: pid, socket: pair.ours)
    }

    private static func end(_ host: inout Host?) {
        guard let pid = host?.pid else { return }
        host = nil
        kill(pid, SIGKILL)
        while waitpid(pid, nil, 0) == -1, errno == EINTR {}
    }
}
