// `everface demo` = `npm start`: the main job at work without keys or network. Until the service exists that is the
// audit: a made WeChat, a list of 2 000 people, `check` over it, and the report.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { madeMix, startSimulator, writeWorld } from './simulate.ts'
import { wholeNumber } from './options.ts'
import { type AddCommand, createProgram } from './program.ts'

interface DemoFlags {
  readonly people: number
  readonly folder: string
}

export const addDemo: AddCommand = (program, terminal, end) => {
  program
    .command('demo')
    .description('a made WeChat, an audit of 2 000 pictures, and its report: no keys, no network')
    .option('--people <n>', 'people to make', wholeNumber(10, 1_000_000), 2_000)
    .option('--folder <path>', 'where list, results and report go', 'everface-demo')
    .addHelpText('after', '\nExample:\n  everface demo --people 5000')
    .action(async ({ people, folder }: DemoFlags) => {
      const say = (text: string) => terminal.stderr.write(`${text}\n`)
      say(
        `Making a WeChat with ${people} people; some have changed their picture, some are doing so now …`,
      )
      const simulator = await startSimulator({ seed: 7 })
      try {
        simulator.control.makePeople({
          count: people,
          mix: madeMix,
          forms: ['mmopen/vi_32', 'mmopen', 'mmhead', 'mmhead/ver_1', 'g', 'signed'],
        })
        const files = await writeWorld(simulator, folder)
        const results = join(folder, 'results.ndjson')
        const report = join(folder, 'report.html')
        const connect = (await readFile(files.connect, 'utf8'))
          .split(/\s+/)
          .filter((word) => word !== '')
        say(`
$ everface check ${files.list} --rate 0 --out ${results} --report ${report} \\
    --ca ${files.ca} $(cat ${files.connect})
`)
        const args = ['check', files.list, '--rate', '0', '--out', results, '--report', report]
        await createProgram(terminal, end).parseAsync([...args, '--ca', files.ca, ...connect], {
          from: 'user',
        })
        say(`
What you see: ${people} profile pictures as an app has stored them. Every dead WeChat link answered "200 OK" with
a grey picture; no browser and no link checker would have noticed. The ones in between ("dying") still work on some of
WeChat's nodes and fail on others.

  open the report   file://${resolve(report)}
  every result      ${results}
  now your own      everface check users.csv        (from a clone: npm run -s everface -- check users.csv)
`)
      } finally {
        await simulator.close()
      }
    })
}
