import CEngines.LightGBM
import Foundation
import MartletCore

/// LightGBM, loaded once for the process when it is first needed.
///
/// `@unchecked Sendable`: the table and the parameter names are written by `init` alone; the functions behind the table
/// may be called from any thread, and `ThreadCountGate` orders the calls that share LightGBM's global thread count.
final class LightGBMLibrary: @unchecked Sendable {
    private static let loaded = Result { try LightGBMLibrary(path: NativeLibraries.path(of: "lib_lightgbm.so")) }

    let functions: martlet_lightgbm
    /// Each parameter's proper name by that name and by its aliases.
    let parameterNames: [String: String]
    private let gate: ThreadCountGate

    /// The library. - Throws: `unavailable` where a file is missing, with its name; asked again, the same error.
    static func shared() throws -> LightGBMLibrary { try loaded.get() }

    init(path: String) throws {
        // Idle OpenMP threads would spin on a shared machine. libgomp reads this once, as it loads.
        setenv("OMP_WAIT_POLICY", "passive", 0)
        let functions = try Self.load(path)
        self.functions = functions
        parameterNames = try Self.parameterNames(functions)
        gate = ThreadCountGate { functions.OMP_SET_NUM_THREADS(Int32(clamping: $0)) }
    }

    /// Runs one call of LightGBM, silently, with a number of threads. - Throws: `engine`, with LightGBM's own message.
    ///
    /// The message is thread-local, so it is read here, before anything else can run on this thread.
    func call(threads: Int, to action: String, _ body: (martlet_lightgbm) -> Int32) throws {
        try gate.run(threads: threads) {
            // The callback is thread-local too; without one LightGBM prints to standard output.
            _ = functions.LGBM_RegisterLogCallback { _ in }
            guard body(functions) == 0 else {
                let reason = functions.LGBM_GetLastError().map { String(cString: $0) } ?? "it gives no reason"
                throw MartletError(.engine, "LightGBM could not \(action): \(reason)")
            }
        }
    }

    private static func load(_ path: String) throws -> martlet_lightgbm {
        try NativeTable.load { table, message, capacity in
            martlet_lightgbm_load(path, table, message, capacity)
        }
    }

    private static func parameterNames(_ functions: martlet_lightgbm) throws -> [String: String] {
        let text = LightGBMText.read { capacity, length, text in
            functions.LGBM_DumpParamAliases(capacity, length, text)
        }
        guard let text else {
            throw MartletError(.engine, "LightGBM could not list its parameters")
        }
        let aliases = try JSONDecoder().decode([String: [String]].self, from: Data(text.utf8))
        var names: [String: String] = [:]
        for (name, others) in aliases {
            for alias in [name] + others { names[alias] = name }
        }
        return names
    }
}

/// Reads a text whose length LightGBM tells only when asked for it.
enum LightGBMText {
    /// Calls until the text fits; `nil` where a call answers other than 0.
    static func read(
        _ fill: (_ capacity: Int64, _ length: UnsafeMutablePointer<Int64>, _ text: UnsafeMutablePointer<CChar>) -> Int32
    ) -> String? {
        var capacity = 1 << 16
        while true {
            var buffer = [CChar](repeating: 0, count: capacity)
            var length: Int64 = 0
            guard fill(Int64(capacity), &length, &buffer) == 0 else { return nil }
            if length <= Int64(capacity) {
                return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            }
            capacity = Int(length)
        }
    }
}
