package import MartletCore
package import MartletPipeline
package import MartletStore

/// One project with its state: the place where all capabilities meet.
public struct Platform: Sendable {
    /// The version of this program; part of every release.
    public static let version = "0.1.0"

    /// The kind of machine that this program was built for.
    static var machine: String {
        #if arch(x86_64)
        "linux-x86_64"
        #elseif arch(arm64)
        "linux-arm64"
        #else
        "linux"
        #endif
    }

    /// What the project file declares.
    public let project: Project
    package let home: Home
    package let records: RecordStore
    package let blobs: BlobStore
    /// Whether runs and models are in a database that other machines reach too.
    package let isTrackingShared: Bool
    /// Where the lineage of runs is sent, beside the home's own file.
    package var lineageSinks: [any LineageSink] = []
    private let opening: TrackingOpening

    /// Opens a project's state, making it where it is not there yet.
    /// - Parameters:
    ///   - home: the folder of the state; by default `.martlet` beside the project file.
    ///   - database: the URL of the PostgreSQL database of runs and models; a file of the home's where it is `nil` or empty.
    /// - Throws: `storage` where the folder cannot be written.
    public init(project: Project, home path: String? = nil, database: String? = nil) throws {
        let home = Home(path: path ?? project.resolve(".martlet"))
        try home.prepare()
        try self.init(project: project, home: home, records: home.databasePath, database: database)
    }

    /// - Parameter records: the file of the home's records; one of this machine's own where the home's folder comes over a network, on
    ///   which SQLite does not work, and nothing of them is needed.
    init(project: Project, home: Home, records path: String, database: String?) throws {
        self.project = project
        self.home = home
        records = try RecordStore(path: path)
        blobs = BlobStore(home: home)
        isTrackingShared = !(database ?? "").isEmpty
        opening = TrackingOpening(home, project: project.name, database: database, records: records)
    }

    /// The project's part of tracking and registry, opened when it is first asked for.
    package func tracking() async throws -> ProjectTracking { try await opening.tracking() }

    /// The endpoint of a name. - Throws: `notFound`, with the nearest name.
    package func endpoint(_ name: String) throws -> EndpointSpecification {
        guard let endpoint = project.endpoints[name] else {
            let names = project.endpoints.keys.sorted()
            let hint = nearest(to: name, among: names).map { "did you mean '\($0)'?" } ?? "there are \(names.joined(separator: ", "))"
            throw MartletError(.notFound, "project '\(project.name)' has no endpoint '\(name)'; \(hint)")
        }
        return endpoint
    }

    /// The JSON of a blob.
    package func json(_ digest: Digest) throws -> JSONValue {
        try JSONValue(parsing: try blobs.read(digest), as: "blob \(digest.short)")
    }

    /// Stores a value's canonical JSON.
    package func put(_ value: JSONValue) throws -> Digest {
        try blobs.put(Array(value.canonicalText.utf8))
    }

    /// Stores anything `Encodable` as canonical JSON.
    package func put(encoding value: some Encodable) throws -> Digest { try put(JSONValue(encoding: value)) }
}
