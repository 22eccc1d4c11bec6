import ArgumentParser

struct Query: AsyncParsableCommand {
    func run() async throws {}
}
