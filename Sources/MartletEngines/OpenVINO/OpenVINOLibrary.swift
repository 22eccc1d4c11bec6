import CEngines.OpenVINO
import MartletCore
import Synchronization

/// OpenVINO with its one core, loaded once for the process when it is first needed.
///
/// `@unchecked Sendable`: the table and the core's pointer are written by `init` alone, and OpenVINO lets any thread call the
/// core; who may use one request at a time is said where it is held.
final class OpenVINOLibrary: @unchecked Sendable {
    static let file = "openvino/libopenvino_c.so"
    /// What installs OpenVINO, which newcomers need not have.
    static let setup = "scripts/setup --neural"

    private static let loaded = Mutex<OpenVINOLibrary?>(nil)
    private static let messageLinesMax = 8
    private static let messageCharactersMax = 2000

    let functions: martlet_openvino
    /// Reads and compiles models; lives as long as the process.
    let core: OpaquePointer
    private let loading = Mutex(())

    /// The library. - Throws: `unavailable` where a file is missing, with its name; the next call looks again.
    static func shared() throws -> OpenVINOLibrary {
        try loaded.withLock { loaded in
            if let loaded { return loaded }
            let library = try OpenVINOLibrary(path: NativeLibraries.path(of: file, setup: setup))
            loaded = library
            return library
        }
    }

    init(path: String) throws {
        let functions = try NativeTable.load(next: NativeTable.run(Self.setup)) { table, message, capacity in
            martlet_openvino_load(path, table, message, capacity)
        }
        self.functions = functions
        core = try Self.pointer(functions, "start") { functions.ov_core_create(&$0) }
        // A model that is mapped would change, or crash the process, when its file does.
        try call("read models into memory") {
            Self.withProperties([("ENABLE_MMAP", "NO")]) { functions.ov_core_set_properties(core, "CPU", $1, $0) }
        }
    }

    /// OpenVINO's version and build, such as `2026.4.1-22982-…`.
    func version() throws -> String {
        var version = martlet_openvino_version()
        try call("tell its version") { functions.ov_get_openvino_version(&version) }
        defer { functions.ov_version_free(&version) }
        return version.build.map { String(cString: $0) } ?? ""
    }

    /// Makes one call. - Throws: `engine`, with OpenVINO's own message.
    func call(_ action: @autoclosure () -> String, _ body: () -> Int32) throws {
        let status = body()
        guard status == MARTLET_OPENVINO_OK.rawValue else { throw Self.error(functions, action(), status) }
    }

    /// The object that a call makes, which the caller frees. - Throws: `engine`, with OpenVINO's own message.
    func pointer(_ action: @autoclosure () -> String, _ body: (inout OpaquePointer?) -> Int32) throws -> OpaquePointer {
        try Self.pointer(functions, action(), body)
    }

    /// Runs the body while no other model is read or compiled: OpenVINO keeps one last message for the whole process.
    func loading<Answer>(_ body: () throws -> Answer) rethrows -> Answer {
        try loading.withLock { _ in try body() }
    }

    /// Lends properties in C's form, and their number.
    static func withProperties<Answer>(
        _ properties: [(key: String, value: String)],
        _ body: (UnsafePointer<martlet_openvino_property>?, Int) throws -> Answer
    ) rethrows -> Answer {
        let texts = properties.map { (key: Array($0.key.utf8CString), value: Array($0.value.utf8CString)) }
        var lent: [martlet_openvino_property] = []
        func lend(_ position: Int) throws -> Answer {
            guard position < texts.count else { return try body(lent, lent.count) }
            return try texts[position].key.withUnsafeBufferPointer { key in
                try texts[position].value.withUnsafeBufferPointer { value in
                    lent.append(martlet_openvino_property(key: key.baseAddress, value: value.baseAddress))
                    return try lend(position + 1)
                }
            }
        }
        return try lend(0)
    }

    private static func pointer(
        _ functions: martlet_openvino, _ action: String, _ body: (inout OpaquePointer?) -> Int32
    ) throws -> OpaquePointer {
        var made: OpaquePointer?
        let status = body(&made)
        guard status == MARTLET_OPENVINO_OK.rawValue, let made else { throw error(functions, action, status) }
        return made
    }

    /// The last message is kept once for the process, so that of another thread's failure at the same instant may come instead.
    private static func error(_ functions: martlet_openvino, _ action: String, _ status: Int32) -> MartletError {
        var reason = functions.ov_get_error_info(status).map { String(cString: $0) } ?? "status \(status)"
        if status > MARTLET_OPENVINO_INVALID_C_PARAM.rawValue, let message = functions.ov_get_last_err_msg() {
            defer { functions.ov_free(message) }
            let lines = String(cString: message).split(separator: "\n").filter { !$0.hasPrefix("Exception from ") }
            reason = String(lines.prefix(messageLinesMax).joined(separator: "\n").prefix(messageCharactersMax))
        }
        return MartletError(.engine, "OpenVINO could not \(action): \(reason)")
    }
}
