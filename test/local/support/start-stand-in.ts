// `npm start` for the stand-in Worker in the directory given as the argument.
import { start } from '../../../local/start.ts'
import { endWith } from '../../../local/usage-error.ts'

await start(process.argv[2] ?? '', process.env).catch(endWith)
