import MartletCore
import MartletTesting
import Testing

@testable import MartletPipeline

@Suite struct ArgoExportTests {
    private static let settings = ArgoExport.Settings(
        image: "registry.example/flights:1", volume: .init(claim: "flights", path: "/srv"), secret: "flights")

    @Test func `a project becomes manifests of Argo that people can read`() throws {
        #expect(try ArgoExport(ExportExample.flights(), settings: Self.settings).text() == Self.flights)
    }

    private static let flights = ##"""
        # The project "flights" for Argo Workflows 3.6 or later.
        # Written by 'martlet export argo': change the project and export it again, not this file.
        apiVersion: argoproj.io/v1alpha1
        kind: WorkflowTemplate
        metadata:
          name: flights
        spec:
          entrypoint: run-nightly
          volumes:
            - name: project
              persistentVolumeClaim:
                claimName: flights
          templates:
            - name: run-nightly
              dag:
                tasks:
                  - name: ingest-fetch
                    template: ingest-fetch
                  - name: clean
                    template: clean
                    depends: ingest-fetch.Succeeded
                  - name: months-list
                    template: months-list
                    depends: clean.Succeeded
                  - name: months
                    template: months
                    depends: months-list.Succeeded
                    arguments:
                      parameters:
                        - name: element
                          value: "{{item}}"
                    withParam: "{{tasks.months-list.outputs.result}}"
                  - name: report-when
                    template: report-when
                    depends: "(months.Succeeded || months.Skipped) && clean.Succeeded"
                  - name: report
                    template: report
                    depends: report-when.Succeeded
                    when: "'{{tasks.report-when.outputs.result}}' == 'true'"
            - name: ingest-fetch
              metadata:
                annotations:
                  martlet/step: ingest/fetch
              retryStrategy:
                limit: "3"
                retryPolicy: Always
                backoff:
                  duration: "1s"
                  factor: "2"
                  cap: "60s"
              container:
                image: "registry.example/flights:1"
                command:
                  - /bin/martlet
                  - step
                  - ingest/fetch
                  - "--project"
                  - /srv/flights
                envFrom:
                  - secretRef:
                      name: flights
                volumeMounts:
                  - name: project
                    mountPath: /srv
            - name: clean
              metadata:
                annotations:
                  martlet/step: clean
              activeDeadlineSeconds: "600"
              container:
                image: "registry.example/flights:1"
                command:
                  - /bin/martlet
                  - step
                  - clean
                  - "--project"
                  - /srv/flights
                envFrom:
                  - secretRef:
                      name: flights
                volumeMounts:
                  - name: project
                    mountPath: /srv
                resources:
                  requests:
                    cpu: "2000m"
                    memory: "2147483648"
                  limits:
                    memory: "2147483648"
                    nvidia.com/gpu: "1"
            - name: months-list
              container:
                image: "registry.example/flights:1"
                command:
                  - /bin/martlet
                  - instances
                  - months
                  - "--project"
                  - /srv/flights
                envFrom:
                  - secretRef:
                      name: flights
                volumeMounts:
                  - name: project
                    mountPath: /srv
            - name: months
              inputs:
                parameters:
                  - name: element
              metadata:
                annotations:
                  martlet/step: months
              container:
                image: "registry.example/flights:1"
                command:
                  - /bin/martlet
                  - step
                  - months
                  - "--project"
                  - /srv/flights
                  - "--instance"
                  - "{{inputs.parameters.element}}"
                envFrom:
                  - secretRef:
                      name: flights
                volumeMounts:
                  - name: project
                    mountPath: /srv
            - name: report-when
              container:
                image: "registry.example/flights:1"
                command:
                  - /bin/martlet
                  - condition
                  - report
                  - "--project"
                  - /srv/flights
                envFrom:
                  - secretRef:
                      name: flights
                volumeMounts:
                  - name: project
                    mountPath: /srv
            - name: report
              metadata:
                annotations:
                  martlet/step: report
              container:
                image: "registry.example/flights:1"
                command:
                  - /bin/martlet
                  - step
                  - report
                  - "--project"
                  - /srv/flights
                envFrom:
                  - secretRef:
                      name: flights
                volumeMounts:
                  - name: project
                    mountPath: /srv
        ---
        apiVersion: argoproj.io/v1alpha1
        kind: CronWorkflow
        metadata:
          name: flights-nightly
        spec:
          schedules:
            - "0 3 * * *"
          timezone: America/New_York
          concurrencyPolicy: Forbid
          startingDeadlineSeconds: 604800
          workflowSpec:
            entrypoint: run-nightly
            workflowTemplateRef:
              name: flights

        """##
    private func manifests(_ graph: ExportGraph) throws -> [JSONValue] {
        let text = try ArgoExport(graph, settings: .init(image: "i")).text()
        return try text.split(separator: "---\n").map { document in
            try #require(
                YAMLMapping(path: "argo.yaml", text: "it:\n" + document.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
                    .json("it"))
        }
    }

    private func templates(_ graph: ExportGraph) throws -> [String: JSONValue] {
        let templates = try manifests(graph)[0]["spec"]?["templates"]?.array ?? []
        return Dictionary(uniqueKeysWithValues: templates.compactMap { template in template["name"]?.string.map { ($0, template) } })
    }

    private func command(_ template: JSONValue?) -> [String] {
        template?["container"]?["command"]?.array?.compactMap(\.string) ?? []
    }

    @Test func `a command reaches its program as it is, and nothing of it is a template or a variable`() async throws {
        let step = ExportStep(name: "a", command: ["printf", "%s\\0"] + ExportExample.hostile)
        let words = command(try templates(ExportGraph(project: "p", steps: [step]))["a"])
        #expect(words.allSatisfy { !$0.contains(scalars: "{{") })
        // What Kubernetes does: `$(` is a variable but behind another dollar, which it takes away.
        #expect(words.allSatisfy { !$0.replacing(scalars: "$$(", with: "").contains(scalars: "$(") })
        let program = words.map { $0.replacing(scalars: "$$(", with: "$(") }
        let result = try await Command("/usr/bin/env", program).run()
        #expect(result.output.split(separator: "\0", omittingEmptySubsequences: false).dropLast().map(String.init) == ExportExample.hostile)
    }

    @Test(arguments: [["sh", "-c", #"echo "$1""#, "sh"], ["sh", "-c", #"echo "$2""#, "sh", "{{"]])
    func `an element is one more argument, also behind a shell`(command: [String]) async throws {
        let step = ExportStep(name: "a", command: command, elements: ["l"])
        let words = self.command(try templates(ExportGraph(project: "p", steps: [step]))["a"])
        #expect(words.last == "{{inputs.parameters.element}}")
        let result = try await Command("/usr/bin/env", words.dropLast() + ["the $(element)"]).run()
        #expect(result.output == "the $(element)\n")
    }

    @Test func `every task has its template, and waits for tasks that are there`() throws {
        let templates = try templates(ExportExample.hostileGraph(writingTo: "/x"))
        let tasks = try #require(templates["run"]?["dag"]?["tasks"]?.array)
        let names = Set(tasks.compactMap { $0["name"]?.string })
        #expect(names.count == tasks.count)
        #expect(names.count == 9 + 2 + 3)
        for task in tasks {
            #expect(templates[task["template"]?.string ?? ""] != nil)
            for match in (task["depends"]?.string ?? "").matches(of: /([a-z0-9-]+)\./) { #expect(names.contains(String(match.1))) }
        }
    }

    @Test func `a step is not kept back by an empty list`() throws {
        let list = ExportStep(name: "list", command: ["x"], elements: ["l"])
        let join = ExportStep(name: "join", command: ["x"], upstream: ["list", "other"])
        let graph = try ExportGraph(project: "p", steps: [list, ExportStep(name: "other", command: ["x"]), join])
        let depends = try templates(graph)["run"]?["dag"]?["tasks"]?.array?.last?["depends"]?.string
        #expect(depends == "(list.Succeeded || list.Skipped) && other.Succeeded")
    }

    @Test func `each schedule runs its own steps, and a missed run as far as Argo can`() throws {
        let schedule = { (name: String, missed: ExportSchedule.Missed) in
            ExportSchedule(name: name, cron: "0 3 * * *", zone: "Europe/Berlin", missed: missed)
        }
        let schedules = [schedule("a b", .latest), schedule("a/b", .all(since: .now)), schedule("c", .skip)]
        let graph = try ExportGraph(project: "p", steps: [ExportStep(name: "run-a-b", command: ["x"])], schedules: schedules)
        let manifests = try manifests(graph)
        #expect(manifests.map { $0["metadata"]?["name"]?.string } == ["p", "p-a-b", "p-a-b-2", "p-c"])
        #expect(manifests.dropFirst().map { $0["spec"]?["startingDeadlineSeconds"]?.int } == [604_800, 604_800, nil])
        let entrypoints = manifests.dropFirst().map { $0["spec"]?["workflowSpec"]?["entrypoint"]?.string }
        #expect(entrypoints == ["run-a-b", "run-a-b-2", "run-c"])
        #expect(Set(try templates(graph).keys) == ["run-a-b", "run-a-b-2", "run-c", "run-a-b-3"])
        let text = try ArgoExport(graph, settings: Self.settings).text()
        #expect(text.contains("# Of the missed runs of schedule \"a/b\" Argo makes up for the last one only.\n"))
    }

    @Test func `parts of seconds and of factors make a wait longer, never shorter`() throws {
        let retry = ExportStep.Retry(count: 2, wait: .milliseconds(1200), factor: 1.5, waitMax: .milliseconds(10_100))
        let step = ExportStep(name: "a", command: ["x"], resources: .init(cores: 0.25, time: .milliseconds(500)), retry: retry)
        let template = try templates(ExportGraph(project: "p", steps: [step]))["a"]
        #expect(template?["retryStrategy"]?["backoff"] == ["duration": "2s", "factor": "2", "cap": "11s"])
        #expect(template?["activeDeadlineSeconds"] == "1")
        #expect(template?["container"]?["resources"] == ["requests": ["cpu": "250m"]])
    }
}
