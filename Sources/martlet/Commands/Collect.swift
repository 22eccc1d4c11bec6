import ArgumentParser
import Foundation
import MartletCore
import MartletStore

/// Removes content of artifacts that nothing refers to.
struct Collect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove bytes of artifacts that nothing refers to any more.",
        discussion: """
            Equal files are kept once, so that deleting an artifact leaves its bytes until nothing else refers to them. Without \
            --delete this only shows what would go. It may run beside a server: what is written meanwhile stays.

            EXAMPLES
              martlet gc --home tracking
              martlet gc --home tracking --delete
            """
    )

    @OptionGroup var options: HomeOptions

    @Option(help: "Leave what was written within so many hours.")
    var olderThan = 24

    @Flag(help: "Remove what is found, rather than only showing it.")
    var delete = false

    func validate() throws {
        guard (0...876_000).contains(olderThan) else { throw ValidationError("--older-than: expected 0 to 876000, found \(olderThan)") }
    }

    func run() async throws {
        let home = try options.folder()
        guard !FileManager.default.fileExists(atPath: home.databasePath) else {
            throw MartletError(
                .invalidInput, "'\(home.path)' is a project's home, whose steps and releases keep blobs too; it is not collected yet")
        }
        let limit = Timestamp.now - .seconds(olderThan * 3_600)
        try await options.withDatabase { database in
            let store = try await ArtifactStore(database, home: home)
            guard try await store.hasArtifacts() else {
                throw MartletError(
                    .invalidInput,
                    "this database knows no artifact, so that all bytes would go; name the database of the home with --database")
            }
            let found = try await store.unreferencedBlobs(before: limit) { _ in false }
            let removed = delete ? try await store.collect(found, before: limit) : []
            show(delete ? removed : found)
        }
    }

    private func show(_ blobs: [UnreferencedBlob]) {
        let size = blobs.reduce(0) { $0 + $1.sizeBytes }
        guard !options.json else {
            let list = blobs.map { blob -> JSONValue in
                ["digest": .string(blob.digest.description), "bytes": .integer(Int64(blob.sizeBytes))]
            }
            let answer: JSONValue = ["deleted": .boolean(delete), "bytes": .integer(Int64(size)), "blobs": .array(list)]
            return Output.result(answer.prettyText)
        }
        var table = TextTable("blob", ">bytes")
        for blob in blobs { table.add(blob.digest.short, "\(blob.sizeBytes)") }
        if !blobs.isEmpty { Output.result(table.text) }
        let what = "\(blobs.count) blob\(blobs.count == 1 ? "" : "s") of \(size) bytes"
        Output.result(delete ? "removed \(what)" : "nothing refers to \(what)" + (blobs.isEmpty ? "" : "; --delete removes them"))
    }
}
