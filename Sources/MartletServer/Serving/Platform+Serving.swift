public import MartletPlatform

extension Platform {
    /// Serves the project until SIGTERM or SIGINT, as `martlet up --no-run` does.
    /// - Throws: `locked` where another server works on this home, `conflict` where the port is taken.
    public func serve(host: String = "127.0.0.1", port: Int = 8080) async throws {
        try await PlatformServer(self, address: ServerAddress(host: host, port: port)).run(observe: { _ in })
    }
}
