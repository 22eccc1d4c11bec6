import ArgumentParser
import Foundation
import MartletCore
import MartletPipeline
import MartletPlatform
import MartletS3
import MartletServer

/// Where a project's commands run.
struct PlaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where commands run: local, or the nodes of a cluster of Ray by the address of its Jobs API, ray=http://HOST:8265; by default "
                + "$MARTLET_RAY_ADDRESS, else local.", valueName: "place"))
    var on: PlaceWord?

    @Option(
        help: ArgumentHelp(
            "The bucket through which nodes that share no folder with this machine get and give files, as s3://bucket/prefix; by default "
                + "$MARTLET_BLOBS.", valueName: "url"))
    var blobs: String?

    /// Runs a body with the place in the request. - Throws: `invalidInput` for an address in the environment that is none.
    func withPlace<Result>(
        _ request: RunRequest, _ options: ProjectOptions, _ body: (RunRequest) async throws -> Result
    ) async throws -> Result {
        guard let address = try address() else {
            guard blobs == nil else {
                throw MartletError(.invalidInput, "--blobs is for the nodes of a cluster: name one with --on ray=http://HOST:8265")
            }
            return try await body(request)
        }
        guard let bucket = blobs ?? ProcessInfo.processInfo.environment["MARTLET_BLOBS"], !bucket.isEmpty else {
            return try await body(placed(request, options, address, nil))
        }
        return try await BlobBucket.with(bucket) { objects in
            try await body(placed(request, options, address, RayPlace.Bucket(address: bucket, objects: objects)))
        }
    }

    private func placed(
        _ request: RunRequest, _ options: ProjectOptions, _ address: ServerAddress, _ bucket: RayPlace.Bucket?
    ) throws -> RunRequest {
        let access = try RayAccess(environment: ProcessInfo.processInfo.environment) { path in
            FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        }
        var request = request
        request.cluster = RayPlace(
            RayJobs(access: access, transport: RayTransport.to(address)), isThisMachine: address.isLoopback, program: try OwnProgram.path(),
            projectFile: options.projectPath, bucket: bucket)
        return request
    }

    private func address() throws -> ServerAddress? {
        if let on { return on.ray }
        guard let text = ProcessInfo.processInfo.environment["MARTLET_RAY_ADDRESS"], !text.isEmpty else { return nil }
        guard let word = PlaceWord(argument: "ray=\(text)") else {
            throw MartletError(.invalidInput, "MARTLET_RAY_ADDRESS: expected http://HOST:PORT, found '\(text)'")
        }
        return word.ray
    }
}

/// A bucket that nodes get and give files through.
enum BlobBucket {
    /// Lends it, and closes it. Credentials and the endpoint come from AWS's variables, here and on each node.
    /// - Throws: `invalidInput` where it cannot be asked with what is given.
    static func with<Result>(_ address: String, _ body: (S3Objects) async throws -> Result) async throws -> Result {
        let configuration = try S3Configuration(S3Address(address), environment: ProcessInfo.processInfo.environment)
        let objects = S3Objects(configuration)
        return try await closing(objects.close) { try await body(objects) }
    }
}

/// A place as a word of the command line.
struct PlaceWord: ExpressibleByArgument {
    /// Where Ray's Jobs API listens by default.
    private static let rayPort = 8265

    /// `nil` for this machine.
    let ray: ServerAddress?

    init?(argument: String) {
        guard argument != "local" else {
            ray = nil
            return
        }
        guard argument.hasPrefix("ray="), let url = URLComponents(string: String(argument.dropFirst(4))), let host = url.host,
            !host.isEmpty,
            let scheme = url.scheme, ["http", "https"].contains(scheme), ["", "/"].contains(url.path), url.query == nil, url.user == nil
        else { return nil }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        ray = ServerAddress(host: bare, port: url.port ?? (scheme == "https" ? 443 : Self.rayPort), scheme: scheme)
    }
}

/// Carries requests to Ray.
private enum RayTransport {
    /// Many attempts ask at a time, and none for long.
    private static let connectionCountMax = 16
    private static let waiterCountMax = 16_384

    static func to(_ address: ServerAddress) -> RayJobs.Transport {
        var configuration = HTTPClientConfiguration()
        (configuration.connectionCountMax, configuration.waiterCountMax) = (connectionCountMax, waiterCountMax)
        configuration.startWords = "start Ray there with 'ray start --head', or name another place with --on"
        let client = HTTPClient(address, configuration: configuration)
        return { request in
            let fields = HeaderFields(request.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            let body = request.body.map { Array($0.canonicalText.utf8) } ?? []
            let answer = try await client.send(HTTPRequest.Method(request.method), request.path, headers: fields, body: body)
            return RayAnswer(status: answer.status, body: answer.body.bytes)
        }
    }
}

/// This program, for others to start.
enum OwnProgram {
    /// Its path. - Throws: `unavailable` where the system does not tell.
    static func path() throws -> String {
        do {
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        } catch {
            throw MartletError(.unavailable, "this program's own path is not known; is /proc there?", cause: error)
        }
    }
}

extension ProjectOptions {
    /// The home's whole path on a node that has no project: what was brought there once need not come again.
    var nodeHomePath: String {
        let environment = ProcessInfo.processInfo.environment
        let named = [home, environment["MARTLET_HOME"]].compactMap(\.self).first { !$0.isEmpty }
        let caches = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "\(NSHomeDirectory())/.cache"
        return URL(filePath: named ?? "\(caches)/martlet").standardizedFileURL.path
    }

    /// The project file's whole path.
    var projectPath: String { URL(filePath: projectFile).standardizedFileURL.path }

    /// The home's whole path.
    func homePath(of project: Project) -> String {
        let environment = ProcessInfo.processInfo.environment
        return URL(filePath: home ?? environment["MARTLET_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? project.resolve(".martlet"))
            .standardizedFileURL.path
    }
}
