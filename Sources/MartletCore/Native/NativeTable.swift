/// Fills a C table of functions.
package enum NativeTable {
    private static let messageCapacity = 1024

    /// The step that brings a library which `setup` installs.
    package static func run(_ setup: String) -> String { "run \(setup), which installs the engines and what they need" }

    /// Loads a library. - Parameter next: the step that brings it.
    /// - Throws: `unavailable`, naming the file or function that is missing.
    package static func load<Table>(
        next: String = run("scripts/setup"), _ fill: (UnsafeMutablePointer<Table>, UnsafeMutablePointer<CChar>, Int) -> Int32
    ) throws -> Table {
        let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        defer { table.deallocate() }
        var message = [CChar](repeating: 0, count: messageCapacity)
        guard fill(table, &message, messageCapacity) == 0 else {
            let reason = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw MartletError(.unavailable, "\(reason); \(next)")
        }
        return table.pointee
    }
}
