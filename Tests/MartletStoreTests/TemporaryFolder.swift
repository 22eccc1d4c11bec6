import Foundation
import MartletCore
import MartletStore

/// A new folder, removed with this value.
final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit {
        // What cannot be removed is left to the system's own cleaning.
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    }

    func names(in folder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: file(folder)).sorted()
    }

    func preparedHome() throws -> Home {
        let home = Home(path: file("home"))
        try home.prepare()
        return home
    }
}

/// The code of the error that `body` throws; `nil` where it throws none, or none of the house's.
func code(of body: () throws -> some Any) -> MartletError.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? MartletError)?.code
    }
}

extension Timestamp {
    /// So many seconds after 2024-01-01.
    static func second(_ count: Int) -> Timestamp {
        Timestamp(microseconds: (1_704_067_200 + Int64(count)) * 1_000_000)
    }
}
