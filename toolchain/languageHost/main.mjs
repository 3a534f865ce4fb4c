// Starts the language host; what is compiled into one file beside a CLI that we built.

import { serve } from "./server.mjs";

serve();
