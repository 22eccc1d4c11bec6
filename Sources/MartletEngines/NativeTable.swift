import MartletCore

/// Fills a C table of functions.
enum NativeTable {
    private static let messageCapacity = 1024

    /// Loads a library, which `setup` installs. - Throws: `unavailable`, naming the file or function that is missing.
    static func load<Table>(
        setup: String = "scripts/setup",
        _ fill: (UnsafeMutablePointer<Table>, UnsafeMutablePointer<CChar>, Int) -> Int32
    ) throws -> Table {
        let table = UnsafeMutablePointer<Table>.allocate(capacity: 1)
        defer { table.deallocate() }
        var message = [CChar](repeating: 0, count: messageCapacity)
        guard fill(table, &message, messageCapacity) == 0 else {
            let reason = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw MartletError(
                .unavailable,
                "\(reason); run \(setup), which installs the engines and what they need"
            )
        }
        return table.pointee
    }
}
